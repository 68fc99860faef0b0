import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode } from '@bundle/format';
import { withFile } from './with-file.ts';

/** Beside the final path, so that a rename is enough; hidden, so that nobody takes it for the bundle. */
export function partialPath(output: string): string {
  return join(dirname(output), `.${basename(output)}.partial-${process.pid}`);
}

/**
 * Mends what a killed run left beside `output`: removes its partial output, and puts back the bundle that it had
 * moved aside when it died between the two renames of moveIntoPlace.
 */
export async function removeStalePartials(output: string): Promise<void> {
  const folder = dirname(output);
  const names = await readdir(folder);
  for (const name of names) {
    const left = name.startsWith(`.${basename(output)}.`)
      ? /\.(partial|replaced)-(\d+)$/.exec(name)
      : null;
    if (left === null || isRunning(Number(left[2]))) continue;
    const isOnlyCopy = left[1] === 'replaced' && !names.includes(basename(output));
    if (isOnlyCopy) await rename(join(folder, name), output);
    else await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Whether another process of this host has this ID. */
export function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

/**
 * Puts a finished partial in place. What was there is moved aside first and deleted last, so that at
 * every moment one whole bundle is there, under its name or beside it.
 */
export async function moveIntoPlace(partial: string, output: string): Promise<void> {
  const aside = join(dirname(output), `.${basename(output)}.replaced-${process.pid}`);
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
  await syncFolder(dirname(output));
  if (replaced) await rm(aside, { recursive: true, force: true });
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  await withFile(path, 'r', (handle) => handle.sync());
}
