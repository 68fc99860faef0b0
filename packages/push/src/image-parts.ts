import { type Digest, defined } from '@bundle/format';
import type { OpenedBundle } from '@bundle/verify';
import { type ImageParts, partsOf, readTree, withoutAbsent } from './document-tree.ts';

/** An image of a bundle, as a single image and, where the bundle keeps an index above it, as that. */
export interface ReadImage {
  readonly alone: ImageParts;
  readonly indexed?: {
    readonly parts: ImageParts;
    /** Images of other platforms, which the index names and the bundle does not have. */
    readonly absent: readonly Digest[];
    /** The same with an index over what the bundle has; absent where the bundle is for one platform. */
    readonly carried?: ImageParts;
  };
}

/** Reads the documents of an image. Fails with `digest-mismatch`, `file-missing` or `manifest-invalid`. */
export async function readImage(
  bundle: OpenedBundle,
  { topDigest, manifestDigest }: { readonly topDigest: Digest; readonly manifestDigest: Digest },
): Promise<ReadImage> {
  const isForSeveral = bundle.manifest.platforms !== undefined;
  const alone = partsOf(await readTree(bundle, manifestDigest));
  if (topDigest === manifestDigest) return { alone };
  const top = await readTree(bundle, topDigest);
  const { absent, ...parts } = partsOf(top);
  const carried = isForSeveral && absent.length > 0 ? partsOf(withoutAbsent(top)) : undefined;
  return { alone, indexed: { parts, absent, ...defined({ carried }) } };
}
