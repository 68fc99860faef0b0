import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode } from '@bundle/format';
import { isAbsence, isDenial } from './absence.ts';
import { fateOf, markPattern, ownMark } from './mark.ts';
import { syncFolder } from './sync.ts';

/**
 * Returns a path for the partial output: beside the final path, so that a rename is enough, and hidden, so that nobody
 * mistakes it for the bundle.
 */
export async function partialPath(output: string): Promise<string> {
  return besides(output, 'partial');
}

async function besides(output: string, what: 'partial' | 'replaced'): Promise<string> {
  return join(dirname(output), `.${basename(output)}.${what}-${await ownMark()}`);
}

/**
 * If nobody can tell whether a process is still running, its output is left alone until it has not changed for this
 * long.
 */
const quietMs = 86_400_000;

/**
 * Cleans up after killed runs in a folder, for the outputs with these names: removes partial outputs, and puts back
 * what a run had moved aside if it died between the two renames of moveIntoPlace.
 */
export async function removeStalePartials(
  folder: string,
  isOutput: (name: string) => boolean,
): Promise<void> {
  const names = new Set(await readdir(folder));
  for (const name of names) {
    const [, output = '', what, mark = ''] = leftBehind.exec(name) ?? [];
    if (what === undefined || !isOutput(output)) continue;
    const path = join(folder, name);
    const fate = await fateOf(mark);
    if (fate === 'running') continue;
    if (what === 'replaced' && !names.has(output)) {
      await rename(path, join(folder, output));
      names.add(output);
    } else if (fate === 'ended' || Date.now() - (await lastChange(path)) > quietMs) {
      await removeOwn(path);
    }
  }
}

// A name may have any character but a slash, a line feed too.
const leftBehind = new RegExp(`^\\.(.+)\\.(partial|replaced)-(${markPattern})$`, 's');

/**
 * Returns when a file, or anything in a folder, was last written or renamed, in ms; the current time if it no longer
 * exists.
 */
async function lastChange(path: string): Promise<number> {
  try {
    const entry = await lstat(path);
    const below = entry.isDirectory() ? await readdir(path) : [];
    const times = await Promise.all(below.map((name) => lastChange(join(path, name))));
    return Math.max(entry.mtimeMs, entry.ctimeMs, ...times);
  } catch (error) {
    if (isAbsence(error)) return Date.now();
    throw error;
  }
}

/** Removes a leftover, unless it belongs to another user or cannot be removed here; its name is in nobody's way. */
async function removeOwn(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!isDenial(error) && systemErrorCode(error) !== 'EROFS') throw error;
  }
}

/**
 * Moves a finished partial output into place. A previous output is moved aside first and deleted last, so that at every
 * moment one complete bundle exists, under its name or beside it.
 */
export async function moveIntoPlace(partial: string, output: string): Promise<void> {
  const aside = await besides(output, 'replaced');
  let replaced = false;
  try {
    await rename(output, aside);
    replaced = true;
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
  try {
    await rename(partial, output);
  } catch (error) {
    if (replaced) await rename(aside, output);
    throw error;
  }
  try {
    await syncFolder(dirname(output));
  } catch (error) {
    // A second sync may not report the failure of the first one, so an output that may be lost does not stay.
    await rename(output, partial);
    if (replaced) await rename(aside, output);
    throw error;
  }
  if (replaced) await rm(aside, { recursive: true, force: true });
}
