import { stringify } from 'node:querystring';
import {
  BundleError,
  type ErrorCode,
  familiarName,
  formatPlatform,
  hasIpv6Registry,
  type Platform,
  parseReference,
} from '@bundle/format';
import type Docker from 'dockerode';
import pLimit from 'p-limit';
import type { DockerEndpoint } from '../endpoint.ts';
import type { Engine, EngineImage } from '../engine.ts';
import { imageInspectSchema, imageListSchema, infoSchema } from './api.ts';
import { asReadable, connect, explained, parse, statusOf } from './client.ts';
import { engineError } from './failures.ts';
import { familiar, type KnownEngine, readInfo, toEngineImage } from './info.ts';
import { downloadFromSocket } from './socket-download.ts';

/** More concurrent requests do not make an engine faster, and each one opens a connection. */
const inspectsAtOnce = 16;

/** The name of an image without one in Docker's list. */
const unnamed = '<none>:<none>';

/**
 * Creates the adapter of a Docker engine; it connects on its first request. What reads the longer answers is loaded with
 * them: a repeated import asks only for the engine and its images.
 */
export async function createDockerEngine(endpoint: DockerEndpoint): Promise<Engine> {
  const { host } = endpoint;
  const docker = await connect(endpoint);
  let known: Promise<KnownEngine> | undefined;

  const call = async <T>(operation: string, code: ErrorCode, request: Promise<T>): Promise<T> => {
    try {
      return await request;
    } catch (error) {
      throw engineError(error, operation, host, code);
    }
  };
  const describe = (): Promise<KnownEngine> => {
    known ??= call('asking the engine at', 'engine-failed', readInfo(docker, host));
    return known;
  };
  /** Returns the query that names a platform, if the engine supports it. */
  const platformQuery = async (platform: Platform | undefined): Promise<{ platform?: string }> => {
    if (platform === undefined || !(await describe()).takesPlatform) return {};
    const { os, architecture, variant } = platform;
    return { platform: JSON.stringify({ os, architecture, variant }) };
  };

  const inspectImage = async (reference: string): Promise<EngineImage | undefined> => {
    try {
      return toEngineImage(parse(imageInspectSchema, await docker.getImage(reference).inspect()));
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      // It calls such a name an error, and has no image of that name.
      if (hasIpv6Registry(reference) && (await describe()).info.refusesIpv6Names) return undefined;
      throw engineError(error, `inspecting ${reference} on the engine at`, host, 'engine-failed');
    }
  };

  const list = async (options: { readonly all?: boolean }) => {
    const listing = call('listing images of', 'engine-failed', docker.listImages(options));
    return parse(imageListSchema, await listing);
  };

  const removeNote = async (name: string): Promise<void> => {
    try {
      await docker.getVolume(name).remove();
    } catch (error) {
      if (statusOf(error) === 404) return;
      throw engineError(error, `removing the note ${name} on`, host, 'engine-failed');
    }
  };

  return {
    info: async () => (await describe()).info,
    inspectImage,

    async listImages() {
      const ids = new Set((await list({ all: true })).map(({ Id }) => Id));
      const limit = pLimit(inspectsAtOnce);
      const found = await limit.map(ids, (id) => inspectImage(id));
      return found.filter((image) => image !== undefined);
    },

    async listNames() {
      const images = await list({});
      return images.flatMap(({ Id, RepoTags }) =>
        (RepoTags ?? [])
          .filter((name) => name !== unnamed)
          .map((name) => ({ name: familiar(name), id: Id })),
      );
    },

    async diskUsage() {
      const asking = 'asking for the disk usage of';
      const usage = await call(asking, 'engine-failed', docker.df());
      const { DockerRootDir } = parse(
        infoSchema,
        await call(asking, 'engine-failed', docker.info()),
      );
      const { toDiskUsage } = await import('./disk-usage.ts');
      const isLocal = host.startsWith('unix://') && DockerRootDir;
      return { ...toDiskUsage(usage), ...(isLocal ? { folder: DockerRootDir } : {}) };
    },

    async takenNames() {
      const asking = 'asking what is taken on';
      const [containers, networks, volumes] = await Promise.all([
        call(asking, 'engine-failed', docker.listContainers({ all: true })),
        call(asking, 'engine-failed', docker.listNetworks()),
        call(asking, 'engine-failed', docker.listVolumes()),
      ]);
      const { toTakenNames } = await import('./taken-names.ts');
      return toTakenNames(containers, networks, volumes);
    },

    async pullImage(reference, platform, onProgress, signal) {
      const { readMessages } = await import('./messages.ts');
      const options = platform === undefined ? {} : { platform: formatPlatform(platform) };
      const pulling = `pulling ${reference} with the engine at`;
      const pull = docker.pull(reference, { ...options, abortSignal: signal });
      const stream = asReadable(await call(pulling, 'image-pull-failed', pull));
      const layers = new Map<string, { current: number; total: number }>();
      const reading = readMessages(stream, ({ id, progressDetail }) => {
        const { current, total } = progressDetail ?? {};
        if (id === undefined || current === undefined || total === undefined) return;
        layers.set(id, { current, total });
        const all = [...layers.values()];
        onProgress({
          doneBytes: all.reduce((sum, layer) => sum + layer.current, 0),
          totalBytes: all.reduce((sum, layer) => sum + layer.total, 0),
        });
      });
      const failure = await call(pulling, 'image-pull-failed', reading);
      if (failure !== undefined) {
        throw engineError(new Error(failure), pulling, host, 'image-pull-failed');
      }
    },

    async openImages(references, platform, signal) {
      const { readSavedImages } = await import('./saved-images.ts');
      const query = { names: [...references], ...(await platformQuery(platform)) };
      if (host.startsWith('unix://')) {
        const path = `/images/get?${stringify(query)}`;
        const download = downloadFromSocket(host.slice('unix://'.length), path, signal);
        const archive = await call('saving images of the engine at', 'engine-failed', download);
        if (archive !== undefined) return readSavedImages(archive, signal);
      }
      const answer = await call(
        'saving images of the engine at',
        'engine-failed',
        dial(docker, { path: '/images/get?', method: 'GET', options: query, abortSignal: signal }),
      );
      const archive = explained(asReadable(answer), (error) =>
        engineError(error, 'saving images of the engine at', host, 'engine-failed'),
      );
      return readSavedImages(archive, signal);
    },

    async loadImages(archive, signal, platform) {
      const { readMessages } = await import('./messages.ts');
      const options = { quiet: true, abortSignal: signal, ...(await platformQuery(platform)) };
      const answer = await call(
        'loading images into the engine at',
        'engine-failed',
        docker.loadImage(archive, options),
      ).catch((error: unknown) => {
        // docker-modem leaves the stream open, and whatever writes to it waiting.
        archive.destroy();
        throw error;
      });
      const failure = await call(
        'loading images into the engine at',
        'engine-failed',
        readMessages(asReadable(answer), () => undefined),
      );
      if (failure !== undefined && brokenImage.test(failure)) throw broken(host, failure);
      if (failure !== undefined) {
        throw engineError(
          new Error(failure),
          'loading images into the engine at',
          host,
          'engine-failed',
        );
      }
    },

    async tagImage(reference, newReference) {
      const { name = newReference, tag = 'latest' } = parseReference(newReference) ?? {};
      const request = docker.getImage(reference).tag({ repo: familiarName(name), tag });
      try {
        await request;
      } catch (error) {
        if (statusOf(error) === 404) throw noSuchImage(reference, host);
        throw engineError(error, `tagging ${reference} on the engine at`, host, 'engine-failed');
      }
    },

    async untagImage(reference) {
      try {
        await docker.getImage(reference).remove({ noprune: false });
      } catch (error) {
        if (statusOf(error) === 404) return;
        throw engineError(error, `removing the name ${reference} on`, host, 'engine-failed');
      }
    },

    async listNotes() {
      const filters = { label: [noteLabel] };
      const asking = 'reading the notes on';
      const list = await call(asking, 'engine-failed', docker.listVolumes({ filters }));
      const { takenVolumesSchema } = await import('./taken-names.ts');
      return (parse(takenVolumesSchema, list).Volumes ?? []).flatMap(({ Name, Labels }) => {
        const text = Labels?.[noteLabel];
        return text === undefined ? [] : [{ name: Name, text }];
      });
    },

    async writeNote({ name, text }) {
      await removeNote(name);
      const volume = { Name: name, Labels: { [noteLabel]: text } };
      await call('leaving a note on', 'engine-failed', docker.createVolume(volume));
    },

    removeNote,
  };
}

/**
 * Label of the empty volume that is a note: nothing else on an engine has labels, survives its restart, is on every release
 * of Docker and is never removed by `docker system prune`. An image cannot have a label without another ID.
 */
const noteLabel = 'bundle.note';

/** The message of Docker 28 and later when a load names a platform and a blob of an image is missing everywhere. */
const brokenImage = /was loaded, but doesn't provide the requested platform/;

function broken(host: string, found: string): BundleError {
  return new BundleError('load-mismatch', {
    operation: 'loading images into the engine at',
    subject: host,
    expected: 'every blob of the images, in the archive or on the engine',
    found,
    hint: 'Load an archive that contains all of their layers.',
  });
}

function noSuchImage(reference: string, host: string): BundleError {
  return new BundleError('image-not-found', {
    operation: 'tagging an image of the engine at',
    subject: host,
    expected: reference,
    found: 'no image of that name',
    hint: 'See `docker images`.',
  });
}

interface DialRequest {
  readonly path: string;
  readonly method: string;
  readonly options: object;
  readonly abortSignal: AbortSignal;
}

/** Sends a request over dockerode's transport, because dockerode has no call that saves several images. */
function dial(docker: Docker, request: DialRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        ...request,
        isStream: true,
        statusCodes: { 200: true, 404: 'no such image', 500: 'server error' },
      },
      (error: unknown, answer: unknown) => (error ? reject(error) : resolve(answer)),
    );
  });
}
