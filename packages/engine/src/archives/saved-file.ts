import { framesOf } from '@bundle/archive';
import {
  BundleError,
  type Digest,
  digestOf,
  dockerManifestSchema,
  formatPlatform,
  type ImageConfig,
  imageConfigSchema,
  normalizeArchitecture,
  type Platform,
  packedReference,
  parseJson,
  parseReference,
  reasonOf,
  runsOn,
} from '@bundle/format';
import { type Extent, streamExtent } from '@bundle/store';
import type { Engine } from '../engine.ts';
import type { ReadOptions, SourceLayer } from '../image-source.ts';
import type { LayoutFiles } from '../oci-layout/layout-files.ts';
import { notInSource, onlyReading, otherPlatform } from '../only-reading.ts';

/** An image of an archive of `docker save` before version 25, or of podman or skopeo. */
interface SavedImage {
  readonly references: readonly string[];
  readonly configDigest: Digest;
  readonly configBytes: Buffer;
  readonly config: ImageConfig;
  /** Plain layers by diff ID, bottom first. */
  readonly layers: readonly { readonly diffId: Digest; readonly extent: Extent }[];
}

/** Opens the images that `manifest.json` lists. Fails with `input-unreadable`. */
export async function openSavedFile(
  description: string,
  files: LayoutFiles,
  platform: Platform,
): Promise<Engine> {
  const images = await readImages(files);
  const byName = new Map(
    images.flatMap((image) => image.references.map((name): [string, SavedImage] => [name, image])),
  );
  const find = (reference: string): SavedImage => {
    const parsed = parseReference(reference);
    const image = parsed && byName.get(packedReference(parsed));
    if (image === undefined) throw notInSource(description, reference, [...byName.keys()]);
    return image;
  };
  return onlyReading(description, platform, {
    async inspectImage(reference) {
      const { configDigest: id, references, config, layers } = find(reference);
      const { os, variant } = config;
      const architecture = normalizeArchitecture(config.architecture);
      const own = { os, architecture, ...(variant ? { variant } : {}) };
      if (!runsOn(own, platform)) throw otherPlatform(reference, platform, [formatPlatform(own)]);
      return {
        ...{ id, references, platform: own },
        created: config.created ?? '1970-01-01T00:00:00Z',
        diffIds: layers.map(({ diffId }) => diffId),
        size: layers.reduce((sum, { extent }) => sum + extent.size, 0),
      };
    },
    async openImages(references) {
      const wanted = references.map(find);
      const layers = new Map(
        wanted.flatMap((image) =>
          image.layers.map(({ diffId, extent }): [Digest, Extent] => [diffId, extent]),
        ),
      );
      return {
        async *layers(options) {
          for (const [diffId, extent] of layers) yield toLayer(diffId, extent, options);
        },
        documents: () => ({
          blobs: new Map(
            wanted.map(({ configDigest, configBytes }) => [configDigest, configBytes]),
          ),
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
}

function toLayer(digest: Digest, extent: Extent, { pool, onBytes }: ReadOptions): SourceLayer {
  const { size, file } = extent;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of streamExtent(extent, file)) {
      onBytes(chunk.length);
      yield chunk;
    }
  }
  const entry = { path: file, size, [Symbol.asyncIterator]: counted };
  return { digest, size, frames: () => framesOf(entry, pool) };
}

async function readImages(files: LayoutFiles): Promise<SavedImage[]> {
  const entries = await parsed(files, 'manifest.json', (json) => dockerManifestSchema.parse(json));
  const images: SavedImage[] = [];
  for (const { Config, RepoTags, Layers } of entries) {
    const config = await parsed(files, Config, (json) => imageConfigSchema.parse(json));
    const configBytes = (await files.read(Config)) ?? Buffer.alloc(0);
    const diffIds = config.rootfs.diff_ids ?? [];
    const layers: SavedImage['layers'][number][] = [];
    for (const [index, path] of Layers.entries()) {
      const diffId = diffIds[index];
      const extent = await files.extentOf(path);
      if (extent === undefined || diffId === undefined)
        throw damaged(files.place(path), 'a layer', 'none');
      layers.push({ diffId, extent });
    }
    images.push({
      references: (RepoTags ?? []).flatMap((tag) => {
        const name = parseReference(tag);
        return name === undefined ? [] : [packedReference(name)];
      }),
      configDigest: digestOf(configBytes),
      ...{ configBytes, config, layers },
    });
  }
  return images;
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
