import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BundleError } from '@bundle/format';
import { ioError } from './io-error.ts';
import { fateOf, markPattern, ownMark } from './mark.ts';

/** Returns the absolute path of the folder for temporary files: other programs run in other folders than this one. */
export function temporaryRoot(): string {
  return resolve(tmpdir());
}

/**
 * Makes a temporary folder that only this user may enter; its name begins with `prefix`. Removes those of killed runs
 * first. Returns its absolute path. Fails with `output-unwritable` and `no-space`.
 */
export async function makeTemporaryFolder(
  prefix: string,
  root: string = temporaryRoot(),
): Promise<string> {
  try {
    await removeLeft(root, prefix);
    return await mkdtemp(join(root, `${prefix}${await ownMark()}-`));
  } catch (error) {
    const known = ioError(error, 'making a temporary folder in', root, 'output-unwritable');
    if (!(known instanceof BundleError)) throw known;
    const hint = 'Set TMPDIR to a folder with free space that this account may write to.';
    throw new BundleError(known.code, { ...known.details, hint, cause: error });
  }
}

/** If nobody can tell whether a process is still running, its folder is left alone for this long. */
const quietMs = 86_400_000;

/** Removes the folders of processes that were killed. Another user's folder may change while it is removed: it stays. */
async function removeLeft(root: string, prefix: string): Promise<void> {
  const name = new RegExp(`^(${markPattern})-[A-Za-z0-9]{6}$`);
  for (const entry of await readdir(root)) {
    if (!entry.startsWith(prefix)) continue;
    const [, mark] = name.exec(entry.slice(prefix.length)) ?? [];
    if (mark === undefined) continue;
    const fate = await fateOf(mark);
    if (fate === 'running') continue;
    const path = join(root, entry);
    const found = await lstat(path).catch(() => undefined);
    if (found?.isDirectory() !== true || found.uid !== process.getuid?.()) continue;
    const isOld = Date.now() - Math.max(found.mtimeMs, found.ctimeMs) > quietMs;
    // A folder that cannot be removed is in nobody's way.
    if (fate === 'ended' || isOld)
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
