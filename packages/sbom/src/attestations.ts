import {
  type BundleImage,
  blobPath,
  digestSchema,
  imageIndexSchema,
  limits,
  parseJson,
} from '@bundle/format';
import { type BundleSource, readExtent } from '@bundle/store';
import { z } from 'zod';
import type { Attestation } from './documents/source.ts';

/** BuildKit's mark on a manifest whose layers are statements about another one (BuildKit, attestation-storage.md). */
const typeKey = 'vnd.docker.reference.type';
const subjectKey = 'vnd.docker.reference.digest';
const predicateKey = 'in-toto.io/predicate-type';

const attestationSchema = z.looseObject({
  layers: z.array(
    z.looseObject({
      digest: digestSchema,
      annotations: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

/** Lists the statements that a builder attached to an image and that the bundle carries (docs/bundle-format.md, §6.7). */
export async function readAttestations(
  source: Pick<BundleSource, 'entries'>,
  { topDigest, manifestDigest }: BundleImage,
): Promise<Attestation[]> {
  if (topDigest === manifestDigest) return [];
  const index = imageIndexSchema.safeParse(await documentAt(source, blobPath(topDigest)));
  const found: Attestation[] = [];
  for (const { digest, annotations = {} } of index.data?.manifests ?? []) {
    const isOfImage = annotations[subjectKey] === manifestDigest;
    if (annotations[typeKey] !== 'attestation-manifest' || !isOfImage) continue;
    const { data } = attestationSchema.safeParse(await documentAt(source, blobPath(digest)));
    for (const layer of data?.layers ?? []) {
      const predicateType = layer.annotations?.[predicateKey];
      if (predicateType === undefined || !source.entries.has(blobPath(layer.digest))) continue;
      found.push({ digest: layer.digest, predicateType });
    }
  }
  return found;
}

/** Returns a document of the bundle as JSON; undefined if the bundle does not have it. */
async function documentAt(source: Pick<BundleSource, 'entries'>, path: string): Promise<unknown> {
  const extent = source.entries.get(path);
  if (extent === undefined) return undefined;
  return parseJson(await readExtent(extent, limits.maxImageJsonBytes, path));
}
