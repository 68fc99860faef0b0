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
 * The small files that make `images/` an OCI image layout which `docker load` reads too. `isWhole`: no layer is left out,
 * and nothing else has the place of the file by which `docker load` reads the single-file bundle as it is.
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
