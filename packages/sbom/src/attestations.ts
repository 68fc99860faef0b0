import {
  type BundleImage,
  type Digest,
  digestSchema,
  imageIndexSchema,
  JsonError,
  parseJson,
} from '@bundle/format';
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

/** Reads a document by its digest; undefined if it is not at hand. */
export type ReadDocument = (digest: Digest) => Promise<Buffer | undefined>;

/**
 * Lists the statements that a builder attached to an image (docs/bundle-format.md, §6.7), of those whose blob `has` knows.
 */
export async function readAttestations(
  { topDigest, manifestDigest }: Pick<BundleImage, 'topDigest' | 'manifestDigest'>,
  read: ReadDocument,
  has: (digest: Digest) => boolean,
): Promise<Attestation[]> {
  if (topDigest === manifestDigest) return [];
  const index = imageIndexSchema.safeParse(await jsonOf(topDigest, read));
  const found: Attestation[] = [];
  for (const { digest, annotations = {} } of index.data?.manifests ?? []) {
    const isOfImage = annotations[subjectKey] === manifestDigest;
    if (annotations[typeKey] !== 'attestation-manifest' || !isOfImage) continue;
    const { data } = attestationSchema.safeParse(await jsonOf(digest, read));
    for (const layer of data?.layers ?? []) {
      const predicateType = layer.annotations?.[predicateKey];
      if (predicateType === undefined || !has(layer.digest)) continue;
      found.push({ digest: layer.digest, predicateType });
    }
  }
  return found;
}

/** Returns undefined for what is not JSON, too: like a document of another form, it states nothing about an image. */
async function jsonOf(digest: Digest, read: ReadDocument): Promise<unknown> {
  const bytes = await read(digest);
  if (bytes === undefined) return undefined;
  try {
    return parseJson(bytes);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}
