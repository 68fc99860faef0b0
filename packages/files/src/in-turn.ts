import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemErrorCode } from '@bundle/format';
import { isDenial } from './absence.ts';
import { ioError } from './io-error.ts';
import { fateOf } from './mark.ts';
import { partialPath, removeStalePartials } from './partial.ts';
import { withFile } from './with-file.ts';

/** A run that meets another one waits for up to this long before it tries again. */
const longestWaitMs = 100;

/**
 * Runs `work` while no other process of this machine runs work for the same path. Each makes an empty file beside the
 * path, with its mark in the name, and then looks for those of others: of two at least one sees the other. That works
 * on file systems without links and locks, as sticks have, and the file of a killed run is in nobody's way. Where
 * nothing can be written beside the path, `work` runs at once. Fails with `output-unwritable` beside the errors of
 * `work`.
 */
export async function inTurn<T>(
  path: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const own = await partialPath(path);
  while (!(await takeTurn(path, own)))
    await sleep(Math.random() * longestWaitMs, undefined, { signal });
  try {
    return await work();
  } finally {
    await rm(own, { force: true });
  }
}

async function takeTurn(path: string, own: string): Promise<boolean> {
  try {
    await withFile(own, 'wx', () => Promise.resolve());
  } catch (error) {
    const code = systemErrorCode(error);
    if (isDenial(error) || code === 'EROFS') return true;
    // This process itself does other work for the path.
    if (code === 'EEXIST') return false;
    throw ioError(error, 'writing beside', path, 'output-unwritable');
  }
  try {
    if (!(await isOtherRunning(path, own))) return true;
  } catch (error) {
    await rm(own, { force: true });
    throw ioError(error, 'looking for other runs beside', path, 'output-unwritable');
  }
  await rm(own, { force: true });
  return false;
}

async function isOtherRunning(path: string, own: string): Promise<boolean> {
  const folder = dirname(path);
  await removeStalePartials(folder, (name) => name === basename(path));
  const start = `.${basename(path)}.partial-`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(start) || join(folder, name) === own) continue;
    if ((await fateOf(name.slice(start.length))) === 'running') return true;
  }
  return false;
}
