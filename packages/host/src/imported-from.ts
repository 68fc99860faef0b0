import { join, resolve } from 'node:path';
import { ioError, readTextIfThere, replaceFile } from '@bundle/files';
import type { Release } from './release.ts';

/** In a release's folder, and none of its files: where the bundle was when it was imported last. */
const fileName = '.imported-from';

/** Also for a release that is there already: its bundle may have been moved, and what is pruned is loaded from it again. */
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
    throw ioError(error, 'writing', path, 'output-unwritable');
  }
}

/** Undefined for a release that was imported before this was written down. */
export function rememberedBundle({ folder }: Pick<Release, 'folder'>): Promise<string | undefined> {
  return readTextIfThere(join(folder, fileName));
}
