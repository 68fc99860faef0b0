import {
  BundleError,
  type Digest,
  digestOf,
  digestOfHex,
  dockerManifestSchema,
  formatPlatform,
  type ImageConfig,
  type ImageManifest,
  imageConfigSchema,
  mediaTypes,
  normalizeArchitecture,
  type Platform,
  packedReference,
  parseJson,
  parseReference,
  reasonOf,
  runsOn,
} from '@bundle/format';
import type { Engine } from '../engine.ts';
import type { LayerFile } from '../oci-layout/layer-file.ts';
import type { LayoutFiles } from '../oci-layout/layout-files.ts';
import { notInSource, onlyReading, otherPlatform } from '../only-reading.ts';
import type { ArchivedImage, ImageArchive } from './image-archive.ts';

/** An image of an archive of `docker save` before version 25, or of podman, skopeo, kaniko or crane. */
interface SavedImage extends ArchivedImage {
  readonly config: ImageConfig;
  readonly diffIds: readonly Digest[];
  /** Bottom first. */
  readonly layers: readonly (LayerFile & { readonly size: number })[];
  readonly documents: ReadonlyMap<Digest, Buffer>;
}

/** Opens the images that `manifest.json` lists. Fails with `input-unreadable`. */
export async function openSavedFile(
  description: string,
  files: LayoutFiles,
): Promise<ImageArchive> {
  const images = await readImages(files);
  const byName = new Map(
    images.flatMap((image) => [
      [image.id, image] as const,
      ...image.references.map((name) => [name, image] as const),
    ]),
  );
  const find = (reference: string): SavedImage => {
    const parsed = parseReference(reference);
    const image = byName.get(reference) ?? (parsed && byName.get(packedReference(parsed)));
    if (image !== undefined) return image;
    const names = images.flatMap(({ references }) => references);
    throw notInSource(description, reference, names);
  };
  const source = (platform: Platform): Engine =>
    onlyReading(description, platform, {
      async inspectImage(reference) {
        const { id, references, platform: own, config, diffIds, layers } = find(reference);
        if (!runsOn(own, platform)) throw otherPlatform(reference, platform, [formatPlatform(own)]);
        return {
          ...{ id, references, platform: own, diffIds },
          created: config.created ?? '1970-01-01T00:00:00Z',
          size: layers.reduce((sum, { size }) => sum + size, 0),
        };
      },
      async openImages(references) {
        const wanted = references.map(find);
        const layers = new Map(
          wanted.flatMap((image) => image.layers.map((layer) => [layer.digest, layer])),
        );
        return {
          layers: (options) => files.layers([...layers.values()], options),
          documents: () => ({
            blobs: new Map(wanted.flatMap(({ documents }) => [...documents])),
            configs: new Map(
              references.flatMap((name, index): [string, Digest][] => {
                const digest = wanted[index]?.configDigest;
                return digest === undefined ? [] : [[name, digest]];
              }),
            ),
          }),
          close: () => undefined,
        };
      },
    });
  return { images, source };
}

async function readImages(files: LayoutFiles): Promise<SavedImage[]> {
  const entries = await parsed(files, 'manifest.json', (json) => dockerManifestSchema.parse(json));
  const images: SavedImage[] = [];
  for (const { Config, RepoTags, Layers } of entries) {
    const config = await parsed(files, Config, (json) => imageConfigSchema.parse(json));
    const bytes = (await files.read(Config)) ?? Buffer.alloc(0);
    const configDigest = digestOf(bytes);
    const diffIds = config.rootfs.diff_ids ?? [];
    const layers: SavedImage['layers'][number][] = [];
    for (const [index, path] of Layers.entries()) {
      const diffId = diffIds[index];
      const size = await files.sizeOf(path);
      if (size === undefined || diffId === undefined)
        throw damaged(files.place(path), 'a layer', 'none');
      layers.push({ digest: compressedDigest(path) ?? diffId, path, size });
    }
    const { os, variant } = config;
    const architecture = normalizeArchitecture(config.architecture);
    const document: [Digest, Buffer] = [configDigest, bytes];
    const manifest = layers.some(({ path }) => compressedDigest(path) !== undefined)
      ? manifestOf(document, layers)
      : undefined;
    images.push({
      references: (RepoTags ?? []).flatMap((tag) => {
        const name = parseReference(tag);
        return name === undefined ? [] : [packedReference(name)];
      }),
      id: manifest?.[0] ?? configDigest,
      platform: { os, architecture, ...(variant ? { variant } : {}) },
      documents: new Map([...(manifest === undefined ? [] : [manifest]), document]),
      ...{ configDigest, config, diffIds, layers },
    });
  }
  return images;
}

/** Returns the digest of a layer that is compressed in the archive: kaniko, crane and jib name its file after it. */
function compressedDigest(path: string): Digest | undefined {
  const hex = /(?:^|[/:])([0-9a-f]{64})\.tar\.gz$/.exec(path)?.[1];
  return hex === undefined ? undefined : digestOfHex(hex);
}

/** Makes the image manifest that an archive with compressed layers lacks, so that they are kept as they are. */
function manifestOf(
  [config, configBytes]: readonly [Digest, Buffer],
  layers: SavedImage['layers'],
): [Digest, Buffer] {
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.imageManifest,
    config: { mediaType: mediaTypes.imageConfig, digest: config, size: configBytes.length },
    layers: layers.map(({ digest, path, size }) => ({
      mediaType: compressedDigest(path) === undefined ? mediaTypes.layerTar : mediaTypes.layerGzip,
      ...{ digest, size },
    })),
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return [digestOf(bytes), bytes];
}

async function parsed<T>(
  files: LayoutFiles,
  path: string,
  parse: (json: unknown) => T,
): Promise<T> {
  const bytes = await files.read(path);
  if (bytes === undefined) throw damaged(files.place(path), 'a document', 'none');
  try {
    return parse(parseJson(bytes));
  } catch (error) {
    throw damaged(files.place(path), 'a document as docker save writes it', reasonOf(error));
  }
}

function damaged(subject: string, expected: string, found: string): BundleError {
  return new BundleError('input-unreadable', {
    operation: 'reading the image archive',
    ...{ subject, expected, found },
    hint: 'Make the archive again with `docker save`.',
  });
}
