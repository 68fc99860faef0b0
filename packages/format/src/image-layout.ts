import type { BundleImage, BundleLayer } from './bundle-manifest.ts';
import type { Digest } from './digest.ts';
import type { Descriptor, DockerManifest, ImageIndex } from './oci.ts';
import { mediaTypes } from './oci.ts';
import { blobPath, layoutBlobPath } from './paths.ts';
import { parseReference } from './references.ts';

/** Describes an image's top document: the image manifest, or the index above it. */
export type TopDocument = Pick<Descriptor, 'mediaType' | 'size'>;

/** Makes `index.json` of the layout that holds these images, in their order (docs/bundle-format.md, section 6). */
export function imageIndexOf(
  images: readonly Pick<BundleImage, 'reference' | 'topDigest'>[],
  topOf: (topDigest: Digest) => TopDocument,
): ImageIndex {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.imageIndex,
    manifests: images.map(({ reference, topDigest: digest }) => {
      const { mediaType, size } = topOf(digest);
      return { mediaType, digest, size, annotations: annotationsOf(reference) };
    }),
  };
}

type ListedImage = Pick<BundleImage, 'reference' | 'imageId'> & {
  readonly layers: readonly Pick<BundleLayer, 'digest'>[];
};

/** Makes `manifest.json` of the same layout, as `docker save` writes it. */
export function dockerManifestOf(images: readonly ListedImage[]): DockerManifest {
  return manifestOf(images, layoutBlobPath);
}

/** Makes `manifest.json` of a complete bundle, which lets `docker load` read it as an archive of images. */
export function loadManifestOf(images: readonly ListedImage[]): DockerManifest {
  return manifestOf(images, blobPath);
}

function manifestOf(
  images: readonly ListedImage[],
  pathOf: (digest: Digest) => string,
): DockerManifest {
  return images.map(({ reference, imageId, layers }) => ({
    Config: pathOf(imageId),
    RepoTags: [reference],
    Layers: layers.map(({ digest }) => pathOf(digest)),
  }));
}

/** Names that containerd, Docker and skopeo look for (OCI image-spec, annotations.md). */
function annotationsOf(reference: string): Record<string, string> {
  const { name = reference, tag = 'latest' } = parseReference(reference) ?? {};
  return {
    'io.containerd.image.name': `${name}:${tag}`,
    'org.opencontainers.image.ref.name': tag,
  };
}
