import { chown, readFile, stat } from 'node:fs/promises';
import { composeNeeds, hostPath, isAtOrBelow } from '@bundle/compose';
import { ioError, isThere, replaceFile } from '@bundle/files';
import { paths } from '@bundle/format';
import type { StagedRelease } from '@bundle/host';
import type { Values } from '@bundle/host/settings';

/**
 * Copies the files of secrets and configs that somebody put into the folder of the running release to a release that names the
 * same ones and lacks them. Returns their paths in the release.
 */
export async function carryFiles(
  running: StagedRelease,
  target: StagedRelease,
  values: Values,
): Promise<string[]> {
  const known = new Set(await filesIn(running, values));
  const carried: string[] = [];
  for (const path of await filesIn(target, values)) {
    const [from, to] = [running, target].map(({ folder }) => hostPath(path, folder));
    if (from === undefined || to === undefined || !known.has(path)) continue;
    const isOwn = isAtOrBelow(from, running.folder) && isAtOrBelow(to, target.folder);
    if (!isOwn || (await isThere(to)) || !(await isThere(from))) continue;
    await copy(from, to);
    carried.push(path);
  }
  return carried;
}

async function filesIn({ read, manifest }: StagedRelease, values: Values): Promise<string[]> {
  const text = (await read(paths.compose)) ?? '';
  const { files } = composeNeeds(text, manifest.product, (name) => values[name]);
  return [...new Set(files.map(({ path }) => path))];
}

/** Containers read it as the users that it was made readable for. */
async function copy(from: string, to: string): Promise<void> {
  try {
    const { uid, gid, mode } = await stat(from);
    await replaceFile(to, await readFile(from), mode & 0o777);
    if (process.geteuid?.() === 0) await chown(to, uid, gid);
  } catch (error) {
    throw ioError(error, 'copying', from, 'state-unwritable');
  }
}
