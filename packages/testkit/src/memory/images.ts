import { packTar, readTar } from '@bundle/archive';
import { type Engine, type EngineImage, readSavedImages } from '@bundle/engine';
import {
  BundleError,
  type Digest,
  digestOf,
  dockerManifestSchema,
  type ErrorCode,
  imageConfigSchema,
  isDigest,
} from '@bundle/format';
import { packImages } from '../image-archive.ts';
import { hostArchitecture } from '../layout.ts';
import { labels, type MemoryImage, type MemoryWorld, without } from './world.ts';

/** Images in memory, named by the digest of their config as in Docker’s own store. */
export function memoryEngine(world: MemoryWorld): Engine {
  const find = (reference: string): [Digest, MemoryImage] | undefined => {
    const id = world.data.names[reference] ?? reference;
    const image = isDigest(id) ? world.data.images[id] : undefined;
    return image === undefined || !isDigest(id) ? undefined : [id, image];
  };
  const shown = ([id, { config, layers }]: [Digest, MemoryImage]): EngineImage => {
    const { os, architecture, created = '', rootfs } = imageConfigSchema.parse(jsonOf(config));
    const names = Object.entries(world.data.names).filter(([, one]) => one === id);
    return {
      id,
      references: names.map(([name]) => name),
      platform: { os, architecture },
      created,
      diffIds: rootfs.diff_ids ?? [],
      size: bytesOf(layers),
    };
  };
  return {
    async info() {
      return {
        runsContainers: true,
        description: 'an engine in memory',
        version: '28.0.0',
        store: 'graph-driver',
        platform: { os: 'linux', architecture: hostArchitecture },
        readsZstd: true,
        loadsPartially: true,
        // Absent on engines of other machines.
        dataFolder: '/nowhere/data',
      };
    },
    async inspectImage(reference) {
      const found = find(reference);
      return found === undefined ? undefined : shown(found);
    },
    async listImages() {
      return Object.keys(world.data.images).flatMap((id) => {
        const found = find(id);
        return found === undefined ? [] : [shown(found)];
      });
    },
    async listNames() {
      return Object.entries(world.data.names).map(([name, id]) => ({ name, id }));
    },
    async pullImage(reference) {
      throw failure('image-pull-failed', 'pulling', reference, 'no network');
    },
    async openImages(references, _platform, signal) {
      const images = references.map((reference) => {
        const found = find(reference);
        if (found === undefined) throw failure('image-not-found', 'saving', reference, 'no image');
        return { reference, ...found[1] };
      });
      const archive = packTar(packImages(images), () => undefined);
      return readSavedImages(archive, signal);
    },
    async loadImages(archive, signal) {
      const blobs = new Map<string, Buffer>();
      for await (const entry of readTar(archive, signal, () => undefined)) {
        blobs.set(entry.path, await entry.concat());
      }
      const blob = (path: string): Buffer => {
        const found = blobs.get(path);
        if (found === undefined) throw failure('engine-failed', 'loading', path, 'no such file');
        return found;
      };
      const images = dockerManifestSchema.parse(jsonOf(blob('manifest.json')));
      for (const { Config, RepoTags, Layers } of images) {
        const image = { config: blob(Config), layers: Layers.map(blob) };
        const id = digestOf(image.config);
        const tags = (RepoTags ?? []).map((name) => [name, id]);
        await world.change(`load ${Config}`, (data) => ({
          images: { ...data.images, [id]: image },
          names: { ...data.names, ...Object.fromEntries(tags) },
        }));
      }
    },
    async diskUsage() {
      const all = Object.values(world.data.images);
      const images = all.reduce((sum, { layers }) => sum + bytesOf(layers), 0);
      return { folder: '/memory', images, containers: 0, volumes: 0, buildCache: 0 };
    },
    async takenNames() {
      const { containers, volumes } = world.data;
      return {
        containers: Object.values(containers).map(({ name, imageId, project, workingDir }) => ({
          name,
          imageId,
          project,
          workingDir,
          ports: [],
        })),
        networks: [],
        volumes: Object.entries(volumes).map(([name, volume]) => {
          const project = volume.labels[labels.project];
          return { name, ...(project === undefined ? {} : { project }) };
        }),
      };
    },
    async listNotes() {
      return [...world.notes].map(([name, text]) => ({ name, text }));
    },
    async writeNote({ name, text }) {
      world.notes.set(name, text);
    },
    async removeNote(name) {
      world.notes.delete(name);
    },
    async tagImage(reference, newReference) {
      const [id] = find(reference) ?? [];
      if (id === undefined) throw failure('image-not-found', 'tagging', reference, 'no image');
      await world.change(`tag ${newReference}`, ({ names }) => ({
        names: { ...names, [newReference]: id },
      }));
    },
    async untagImage(reference) {
      const [id] = find(reference) ?? [];
      if (id === undefined) return;
      await world.change(`untag ${reference}`, ({ names, images }) => {
        const left = without(names, reference);
        const isNamed = Object.values(left).includes(id);
        return isNamed ? { names: left } : { names: left, images: without(images, id) };
      });
    },
  };
}

function failure(code: ErrorCode, operation: string, subject: string, found: string): BundleError {
  return new BundleError(code, { operation, subject, found });
}

function jsonOf(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString('utf8'));
}

function bytesOf(layers: readonly Buffer[]): number {
  return layers.reduce((sum, { length }) => sum + length, 0);
}
