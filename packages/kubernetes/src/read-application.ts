import {
  BundleError,
  blobPath,
  digestOf,
  dotEnv,
  hexOf,
  limits,
  parseJson,
  paths,
} from '@bundle/format';
import { digestMismatch, readExtent, requireEntry } from '@bundle/store';
import type { OpenedBundle } from '@bundle/verify';
import { z } from 'zod';
import type { Application, ImageDefaults } from './application.ts';

const texts = z.array(z.string()).nullish();
const number = z.number().nullish();

/** OCI image-spec, config.md; HEALTHCHECK is Docker's own. */
const configSchema = z.object({
  config: z
    .object({
      Entrypoint: texts,
      Cmd: texts,
      User: z.string().nullish(),
      ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
      Healthcheck: z
        .object({ Test: texts, Interval: number, Timeout: number, Retries: number })
        .nullish(),
    })
    .nullish(),
});

/**
 * Reads what manifests are made from: the Compose file, its settings, and the configs of the images. Every byte is
 * checked. Fails with the errors of a damaged bundle.
 */
export async function readApplication({ manifest, source }: OpenedBundle): Promise<Application> {
  const sizes = new Map(manifest.files.map(({ path, sha256 }) => [path, sha256]));
  const read = async (path: string): Promise<Buffer> => {
    const expected = sizes.get(path) ?? '';
    const bytes = await readExtent(requireEntry(source, path), limits.maxTextFileBytes, path);
    const found = hexOf(digestOf(bytes));
    if (found !== expected) throw digestMismatch(path, expected, found);
    return bytes;
  };
  const text = async (path: string): Promise<string> =>
    sizes.has(path) ? (await read(path)).toString('utf8') : '';
  const images = new Map<string, ImageDefaults>();
  for (const { imageId, use } of manifest.images) {
    if (use === undefined) images.set(imageId, defaultsOf(await read(blobPath(imageId)), imageId));
  }
  return {
    manifest,
    compose: await text(paths.compose),
    offline: await text(paths.composeOffline),
    example: (await text(dotEnv)) || (await text(paths.envExample)),
    images,
    read,
  };
}

function defaultsOf(bytes: Buffer, imageId: string): ImageDefaults {
  const parsed = configSchema.safeParse(parseJson(bytes));
  if (!parsed.success) {
    throw new BundleError('manifest-invalid', {
      operation: 'reading',
      subject: imageId,
      expected: 'the config of an image',
      found: z.prettifyError(parsed.error),
      hint: 'The bundle was not made by `bundle export`: get it again from its source.',
    });
  }
  const { Entrypoint, Cmd, User, ExposedPorts, Healthcheck } = parsed.data.config ?? {};
  return {
    entrypoint: Entrypoint ?? [],
    command: Cmd ?? [],
    ports: Object.keys(ExposedPorts ?? {}),
    ...(User ? { user: User } : {}),
    ...(Healthcheck?.Test?.length
      ? {
          healthcheck: {
            test: Healthcheck.Test,
            interval: Healthcheck.Interval ?? 0,
            timeout: Healthcheck.Timeout ?? 0,
            retries: Healthcheck.Retries ?? 0,
          },
        }
      : {}),
  };
}
