import { join, resolve } from 'node:path';
import { readTextIfThere, replaceFile } from '@bundle/files';
import type { Release } from './release.ts';
import { stateError } from './state-error.ts';

/** File in a release's folder, not part of the bundle, with the path of the bundle at its last import. */
const fileName = '.imported-from';

/** Remembers where the bundle is, also for a release that is staged already: the bundle may have moved, and pruned images are reloaded from it. */
export async function rememberBundle(
  release: Pick<Release, 'folder'>,
  bundle: string,
): Promise<void> {
  const path = join(release.folder, fileName);
  const place = resolve(bundle);
  if ((await rememberedBundle(release)) === place) return;
  try {
    await replaceFile(path, place, 0o644);
  } catch (error) {
    throw stateError(error, path);
  }
}

/** Reads where the bundle was at its last import; undefined for a release imported by an older command. */
export function rememberedBundle({ folder }: Pick<Release, 'folder'>): Promise<string | undefined> {
  return readTextIfThere(join(folder, fileName));
}
