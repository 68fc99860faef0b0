import {
  type DockerManifest,
  type ImageIndex,
  layoutBlobPath,
  mediaTypes,
  ociLayoutText,
  parseReference,
  paths,
} from '@bundle/format';
import type { HeadFile } from '@bundle/store';
import type { AssembledImage } from '../images/assemble.ts';
import { textFile } from './text-file.ts';

/** An image under the reference that it is packed as. */
export interface NamedImage {
  readonly reference: string;
  readonly image: AssembledImage;
}

/** The small files that make `images/` an OCI image layout which `docker load` reads too. */
export function layoutFiles(
  images: readonly NamedImage[],
  documentSize: (image: AssembledImage) => number,
): HeadFile[] {
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType: mediaTypes.imageIndex,
    manifests: images.map(({ reference, image }) => ({
      mediaType: image.topMediaType,
      digest: image.topDigest,
      size: documentSize(image),
      annotations: annotationsOf(reference),
    })),
  };
  const dockerManifest: DockerManifest = images.map(({ reference, image }) => ({
    Config: layoutBlobPath(image.imageId),
    RepoTags: [reference],
    Layers: image.layers.map(({ digest }) => layoutBlobPath(digest)),
  }));
  return [
    textFile(paths.ociLayout, ociLayoutText),
    textFile(paths.imageIndex, JSON.stringify(index)),
    textFile(paths.dockerManifest, JSON.stringify(dockerManifest)),
  ];
}

/** The names that containerd, Docker and skopeo look for (OCI image-spec, annotations.md). */
function annotationsOf(reference: string): Record<string, string> {
  const { name = reference, tag = 'latest' } = parseReference(reference) ?? {};
  return {
    'io.containerd.image.name': `${name}:${tag}`,
    'org.opencontainers.image.ref.name': tag,
  };
}
