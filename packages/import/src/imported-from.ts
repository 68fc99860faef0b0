import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemErrorCode } from '@bundle/format';
import { ioError } from '@bundle/store';

/** In a release's folder, and none of its files: where the bundle was when it was imported last. */
const fileName = '.imported-from';

export async function rememberBundle(releaseDir: string, bundle: string): Promise<void> {
  const path = join(releaseDir, fileName);
  try {
    await writeFile(path, resolve(bundle));
  } catch (error) {
    throw ioError(error, 'writing', path, 'output-unwritable');
  }
}

/** Undefined for a release that was imported before this was written down. */
export async function rememberedBundle(releaseDir: string): Promise<string | undefined> {
  const path = join(releaseDir, fileName);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'reading', path, 'input-unreadable');
  }
}
