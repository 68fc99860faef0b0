import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError, readBytesIfThere } from '@bundle/files';
import { dotEnv, systemErrorCode } from '@bundle/format';
import { placesOf, type Release } from '@bundle/host';
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
  try {
    await rename(starting, placeOf(release, 'json'));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw ioError(error, 'writing', starting, 'state-unwritable');
  }
}

/** Keeps the env files of a release that runs and is healthy with them. */
export async function keepRunning(release: Release): Promise<void> {
  const text = await keptText(release);
  const place = placeOf(release, 'json');
  if ((await readBytesIfThere(place))?.toString() !== text) await writePrivate(place, text);
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
  const kept = parseKept(text.toString());
  if (kept === undefined) return onLine(`${place} was altered: the settings stay unchanged`);
  const tried = placeOf(release, 'tried');
  const changed: string[] = [];
  for (const path of envPaths(release)) {
    const file = join(release.folder, path);
    const base64 = kept.files[path];
    const healthy = base64 === undefined ? undefined : Buffer.from(base64, 'base64');
    const now = await readBytesIfThere(file);
    if (now === undefined ? healthy === undefined : healthy?.equals(now)) continue;
    if (now !== undefined) await writePrivate(join(tried, path), now);
    if (healthy === undefined) await remove(file);
    else await writePrivate(file, healthy);
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
  for (const kind of ['json', 'starting.json', 'tried'] as const)
    await remove(placeOf(release, kind));
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

function parseKept(text: string): z.output<typeof keptSchema> | undefined {
  try {
    return keptSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // Text that is not JSON is as useless as JSON of another form.
    return undefined;
  }
}

function envPaths({ manifest }: Release): Set<string> {
  return new Set([dotEnv, ...manifest.envFiles.map(({ path }) => path)]);
}

function placeOf({ instance, name }: Release, kind: 'json' | 'starting.json' | 'tried'): string {
  return join(placesOf(instance).settings, `${name}.${kind}`);
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw ioError(error, 'removing', path, 'state-unwritable');
  }
}
