import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError, readBytesIfThere } from '@bundle/files';
import { dotEnv, parseJson } from '@bundle/format';
import { placesOf, type Release, type StagedRelease } from '@bundle/host';
import { z } from 'zod';
import { writePrivate } from './settings-files.ts';

// The env files with which a release was last healthy are kept beside the releases, in one file that is replaced in one
// step. They can be restored whatever is written to the release's own files later, however that run ends.

const keptSchema = z.object({
  schemaVersion: z.literal(1),
  /** Content in Base64 by path, to restore it byte for byte. A file that did not exist is not listed. */
  files: z.record(z.string(), z.base64()),
});

/** Keeps the env files of a release that is about to start, until it is known whether it becomes healthy. */
export async function keepStarting(release: Release): Promise<void> {
  await writePrivate(placeOf(release, 'starting.json'), await keptText(release));
}

/** Records that the release is healthy with the files kept by `keepStarting`. Does nothing if that is already done. */
export async function keepAsHealthy(release: Release): Promise<void> {
  const starting = placeOf(release, 'starting.json');
  const text = await readBytesIfThere(starting);
  if (text === undefined) return;
  await keepEarlier(release, text.toString());
  try {
    await rename(starting, placeOf(release, 'json'));
  } catch (error) {
    throw ioError(error, 'writing', starting, 'state-unwritable');
  }
}

/** Keeps the env files of a release that runs and is healthy with them. */
export async function keepRunning(release: Release): Promise<void> {
  const text = await keptText(release);
  if ((await readBytesIfThere(placeOf(release, 'json')))?.toString() === text) return;
  await keepEarlier(release, text);
  await writePrivate(placeOf(release, 'json'), text);
}

/** Keeps the settings that `next` replaces, for a rollback; after that rollback there are none. */
async function keepEarlier(release: Release, next: string): Promise<void> {
  const place = placeOf(release, 'earlier.json');
  const now = await readBytesIfThere(placeOf(release, 'json'));
  if (now === undefined || now.toString() === next) return;
  if ((await readBytesIfThere(place))?.toString() === next) await remove(place);
  else await writePrivate(place, now);
}

/** Content of env files in Base64, by path. */
export type KeptFiles = z.output<typeof keptSchema>['files'];

/** Reads the env files with which a release was healthy before its settings last changed; undefined if they did not. */
export async function readEarlier(release: Release): Promise<KeptFiles | undefined> {
  const text = await readBytesIfThere(placeOf(release, 'earlier.json'));
  return text === undefined ? undefined : parseKept(text)?.files;
}

/** Returns a release as it would be with these env files, to plan with; writes nothing. */
export function withKept(release: StagedRelease, files: KeptFiles): StagedRelease {
  const own = envPaths(release);
  const read = async (path: string): Promise<string | undefined> =>
    own.has(path) ? contentOf(files[path])?.toString() : release.read(path);
  return { ...release, read };
}

/** Writes these env files. Returns a function that restores the present ones, for use until something is started. */
export async function writeKept(release: Release, files: KeptFiles): Promise<() => Promise<void>> {
  const present = parseKept(Buffer.from(await keptText(release)));
  const restore = async (): Promise<void> => {
    if (present !== undefined) await writeFiles(release, present.files);
  };
  try {
    await writeFiles(release, files);
  } catch (error) {
    await restore();
    throw error;
  }
  return restore;
}

async function writeFiles(release: Release, files: KeptFiles): Promise<void> {
  for (const path of envPaths(release)) {
    await writeOrRemove(join(release.folder, path), contentOf(files[path]));
  }
}

function contentOf(base64: string | undefined): Buffer | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}

async function writeOrRemove(file: string, content: Buffer | undefined): Promise<void> {
  if (content === undefined) await remove(file);
  else await writePrivate(file, content);
}

/** Keeps the current env files if none are kept: an older command started the release, and nothing better is known. */
export async function keepIfNone(release: Release): Promise<void> {
  if ((await readBytesIfThere(placeOf(release, 'json'))) === undefined) await keepRunning(release);
}

/**
 * Restores the env files with which a release was last healthy. The files that were tried instead are kept beside them
 * for their author. A damaged copy is reported and left alone.
 */
export async function restoreHealthy(
  release: Release,
  onLine: (line: string) => void,
): Promise<void> {
  const place = placeOf(release, 'json');
  const text = await readBytesIfThere(place);
  if (text === undefined) return;
  const kept = parseKept(text);
  if (kept === undefined) return onLine(`${place} was altered: the settings stay unchanged`);
  const tried = placeOf(release, 'tried');
  const changed: string[] = [];
  for (const path of envPaths(release)) {
    const file = join(release.folder, path);
    const healthy = contentOf(kept.files[path]);
    const now = await readBytesIfThere(file);
    if (now === undefined ? healthy === undefined : healthy?.equals(now)) continue;
    if (now !== undefined) await writePrivate(join(tried, path), now);
    await writeOrRemove(file, healthy);
    changed.push(path);
  }
  await remove(placeOf(release, 'starting.json'));
  if (changed.length > 0)
    onLine(
      `Restored the previous settings: ${changed.join(', ')}; those that were tried are in ${tried}`,
    );
}

/** Forgets the settings of a release that is removed. */
export async function forgetSettings(release: Release): Promise<void> {
  for (const kind of kinds) await remove(placeOf(release, kind));
}

async function keptText(release: Release): Promise<string> {
  const files: Record<string, string> = {};
  for (const path of envPaths(release)) {
    const content = await readBytesIfThere(join(release.folder, path));
    if (content !== undefined) files[path] = content.toString('base64');
  }
  const kept: z.output<typeof keptSchema> = { schemaVersion: 1, files };
  return `${JSON.stringify(kept, undefined, 2)}\n`;
}

function parseKept(text: Buffer): z.output<typeof keptSchema> | undefined {
  try {
    return keptSchema.safeParse(parseJson(text)).data;
  } catch {
    // Text that is not JSON is as useless as JSON of another form.
    return undefined;
  }
}

function envPaths({ manifest }: Release): Set<string> {
  return new Set([dotEnv, ...manifest.envFiles.map(({ path }) => path)]);
}

const kinds = ['json', 'starting.json', 'earlier.json', 'tried'] as const;

function placeOf({ instance, name }: Release, kind: (typeof kinds)[number]): string {
  return join(placesOf(instance).settings, `${name}.${kind}`);
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw ioError(error, 'removing', path, 'state-unwritable');
  }
}
