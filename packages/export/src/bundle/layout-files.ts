import {
  type Digest,
  dockerManifestOf,
  imageIndexOf,
  loadManifest,
  loadManifestOf,
  ociLayoutText,
  paths,
} from '@bundle/format';
import type { HeadFile } from '@bundle/store';
import type { PackedImage } from '../images/packed-image.ts';
import { textFile } from './text-file.ts';

/**
 * Creates the small files that make `images/` an OCI image layout which `docker load` can also read. `isWhole`: no
 * layer is left out, and no other file has the path of the one through which `docker load` reads an unchanged
 * single-file bundle.
 */
export function layoutFiles(images: readonly PackedImage[], isWhole: boolean): HeadFile[] {
  const tops = new Map(images.map(({ assembled }) => [assembled.topDigest, assembled]));
  const topOf = (digest: Digest) => ({
    mediaType: tops.get(digest)?.topMediaType ?? '',
    size: tops.get(digest)?.documents.get(digest)?.length ?? 0,
  });
  const listed = images.map(({ planned, assembled }) => ({
    ...assembled,
    reference: planned.reference,
  }));
  return [
    textFile(paths.ociLayout, ociLayoutText),
    textFile(paths.imageIndex, JSON.stringify(imageIndexOf(listed, topOf))),
    textFile(paths.dockerManifest, JSON.stringify(dockerManifestOf(listed))),
    ...(isWhole ? [textFile(loadManifest, JSON.stringify(loadManifestOf(listed)))] : []),
  ];
}
