import {
  BundleError,
  type Descriptor,
  digestOf,
  type ImageManifest,
  imageManifestSchema,
  mediaTypes,
  parseJson,
} from '@bundle/format';
import { z } from 'zod';
import type { PushedDocument } from './read-document.ts';

/** A manifest under a tag of cosign: each layer is a signature or an attestation. */
export interface SignatureManifest {
  readonly bytes: Buffer;
  /** The document that its config is. */
  readonly config: Buffer;
}

/** Cosign's config is one of an image, which lists the layers once more. */
const configSchema = z.looseObject({
  rootfs: z.looseObject({ diff_ids: z.array(z.string()) }),
  history: z.array(z.unknown()).optional(),
});

/** What to put under a tag. */
export interface MergedTag {
  readonly document: PushedDocument;
  /** A config to push before it. */
  readonly config?: { readonly descriptor: Descriptor; readonly bytes: Buffer };
}

/**
 * Plans what a tag of cosign has after a push: what is there and what is new, as cosign adds a signature. Returns
 * undefined if all is there already. Fails with `registry-failed` if the two cannot be one manifest.
 */
export function mergeSignatures(
  tag: string,
  there: SignatureManifest,
  own: SignatureManifest,
): MergedTag | undefined {
  const known = signatureManifestIn(there.bytes, tag);
  const ours = signatureManifestIn(own.bytes, tag);
  const knownKeys = new Set(known.layers.map(keyOf));
  const isNew = ours.layers.map((layer) => !knownKeys.has(keyOf(layer)));
  if (!isNew.includes(true)) return undefined;
  const ownKeys = new Set(ours.layers.map(keyOf));
  if (known.layers.every((layer) => ownKeys.has(keyOf(layer))))
    return { document: documentOf(ours, own.bytes) };
  const layers = [...known.layers, ...ours.layers.filter((_, index) => isNew[index])];
  const [knownConfig, ownConfig] = [configIn(there, known), configIn(own, ours)];
  if (knownConfig === undefined && known.config.digest === ours.config.digest) {
    // An empty config says nothing about layers.
    const merged = { ...known, layers };
    return { document: documentOf(merged, Buffer.from(JSON.stringify(merged))) };
  }
  if (knownConfig === undefined || ownConfig === undefined) throw notMerged(tag);
  const fresh = <T>(all: readonly T[]): T[] => all.filter((_, index) => isNew[index]);
  const { history = [], rootfs } = knownConfig;
  const isListed = history.length === known.layers.length;
  const bytes = Buffer.from(
    JSON.stringify({
      ...knownConfig,
      rootfs: { ...rootfs, diff_ids: [...rootfs.diff_ids, ...fresh(ownConfig.rootfs.diff_ids)] },
      // One entry for each layer, or none.
      ...(isListed && ownConfig.history?.length === ours.layers.length
        ? { history: [...history, ...fresh(ownConfig.history)] }
        : { history: [] }),
    }),
  );
  const descriptor = { ...known.config, digest: digestOf(bytes), size: bytes.length };
  const merged = { ...known, config: descriptor, layers };
  return {
    document: documentOf(merged, Buffer.from(JSON.stringify(merged))),
    config: { descriptor, bytes },
  };
}

/** Returns what tells signatures apart: two keys may sign the same bytes, and only the annotations have the signature. */
function keyOf({ digest, annotations = {} }: Descriptor): string {
  const sorted = Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([digest, sorted]);
}

function documentOf({ mediaType }: ImageManifest, bytes: Buffer): PushedDocument {
  return { digest: digestOf(bytes), mediaType: mediaType ?? mediaTypes.imageManifest, bytes };
}

/** Parses the manifest under a tag of cosign. Fails with `registry-failed` for another document. */
export function signatureManifestIn(bytes: Buffer, tag: string): ImageManifest {
  const parsed = imageManifestSchema.safeParse(jsonIn(bytes));
  if (parsed.success) return parsed.data;
  throw notMerged(tag);
}

/** Returns a config that lists the layers of its manifest. */
function configIn(
  { config }: SignatureManifest,
  { layers }: ImageManifest,
): z.output<typeof configSchema> | undefined {
  const parsed = configSchema.safeParse(jsonIn(config)).data;
  return parsed?.rootfs.diff_ids.length === layers.length ? parsed : undefined;
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return parseJson(bytes);
  } catch {
    return undefined;
  }
}

function notMerged(tag: string): BundleError {
  return new BundleError('registry-failed', {
    operation: 'adding signatures to',
    subject: tag,
    expected: 'signatures as cosign writes them',
    found: 'another document, which a push would replace',
    hint: 'Remove that tag from the registry if nobody needs it, or push to another place.',
  });
}
