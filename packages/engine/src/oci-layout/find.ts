import {
  BundleError,
  type Descriptor,
  familiarName,
  type ImageConfig,
  normalizeArchitecture,
  type Platform,
  packedReference,
  parseReference,
} from '@bundle/format';
import type { EngineImage } from '../engine.ts';
import type { ImageReading } from '../image-source.ts';
import type { Layout } from './folder.ts';
import { readLayoutImages } from './layout-images.ts';

export const nameAnnotation = 'io.containerd.image.name';

/** Opens images of a layout. Fails with `image-not-found`. */
export async function openFound(
  layout: Layout,
  references: readonly string[],
  platform: Platform | undefined,
): Promise<ImageReading> {
  const tops: Descriptor[] = [];
  for (const reference of references) {
    const top = await find(layout, reference);
    // The name may belong to something that is not an image.
    if (top === undefined || (await layout.imageBelow(top.digest, platform)) === undefined)
      throw missingImage(layout.description, reference);
    tops.push(top);
  }
  return readLayoutImages(layout, tops, platform);
}

/** Describes an image; undefined for anything else, such as an artifact. */
export async function toImage(
  layout: Layout,
  { digest, annotations }: Descriptor,
  platform?: Platform,
): Promise<EngineImage | undefined> {
  const image = await layout.imageBelow(digest, platform);
  if (image === undefined) return undefined;
  const { manifest, config } = image;
  const reference = referenceOf(annotations);
  return {
    id: digest,
    references: reference === undefined ? [] : [reference],
    platform: platformOf(config),
    created: config.created ?? '1970-01-01T00:00:00Z',
    diffIds: config.rootfs.diff_ids ?? [],
    size: manifest.layers.reduce((sum, { size }) => sum + size, 0),
  };
}

export function platformOf({ os, architecture, variant }: ImageConfig): Platform {
  return {
    os,
    architecture: normalizeArchitecture(architecture),
    ...(variant ? { variant } : {}),
  };
}

/** Finds an image by reference or digest. */
export async function find(layout: Layout, reference: string): Promise<Descriptor | undefined> {
  const parsed = parseReference(reference);
  const wanted = parsed === undefined ? reference : packedReference(parsed);
  const { manifests } = await layout.readIndex();
  return manifests.find(
    ({ digest, annotations }) => digest === reference || referenceOf(annotations) === wanted,
  );
}

export function referenceOf(annotations: Record<string, string> | undefined): string | undefined {
  const name = annotations?.[nameAnnotation] ?? annotations?.['org.opencontainers.image.ref.name'];
  const parsed = name === undefined ? undefined : parseReference(name);
  return parsed?.tag === undefined ? undefined : `${familiarName(parsed.name)}:${parsed.tag}`;
}

export function missingImage(subject: string, reference: string): BundleError {
  return new BundleError('image-not-found', {
    operation: 'saving images of',
    subject,
    expected: reference,
    found: 'no image of that name',
    hint: 'Copy the image into the layout, named by the annotation io.containerd.image.name.',
  });
}
