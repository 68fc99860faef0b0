import { type Digest, dockerManifestOf, imageIndexOf, ociLayoutText, paths } from '@bundle/format';
import type { HeadFile } from '@bundle/store';
import type { AssembledImage } from '../images/assemble.ts';
import { textFile } from './text-file.ts';

/** An image under the reference that it is packed as. */
export interface NamedImage {
  readonly reference: string;
  readonly image: AssembledImage;
}

/** The small files that make `images/` an OCI image layout which `docker load` reads too. */
export function layoutFiles(images: readonly NamedImage[]): HeadFile[] {
  const tops = new Map(images.map(({ image }) => [image.topDigest, image]));
  const topOf = (digest: Digest) => ({
    mediaType: tops.get(digest)?.topMediaType ?? '',
    size: tops.get(digest)?.documents.get(digest)?.length ?? 0,
  });
  const listed = images.map(({ reference, image }) => ({ ...image, reference }));
  return [
    textFile(paths.ociLayout, ociLayoutText),
    textFile(paths.imageIndex, JSON.stringify(imageIndexOf(listed, topOf))),
    textFile(paths.dockerManifest, JSON.stringify(dockerManifestOf(listed))),
  ];
}
