import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError, replaceFile } from '@bundle/files';
import type { Release } from '@bundle/host';
import type { SettingsFile } from '@bundle/host/settings';

/**
 * Writes env files, readable only by their owner. Returns a function that restores the previous ones, for use until
 * something is started with the new ones.
 */
export async function writeSettings(
  { folder, read }: Release,
  files: readonly SettingsFile[],
): Promise<() => Promise<void>> {
  const earlier = new Map<string, string | undefined>();
  const putBack = async (): Promise<void> => {
    for (const [path, text] of earlier) {
      const file = join(folder, path);
      if (text === undefined) await rm(file, { force: true });
      else await writePrivate(file, text);
    }
  };
  try {
    for (const { path, text } of files) {
      earlier.set(path, await read(path));
      await writePrivate(join(folder, path), text);
    }
  } catch (error) {
    await putBack();
    throw error;
  }
  return putBack;
}

export async function writePrivate(
  path: string,
  text: string | Buffer,
  mode = 0o600,
): Promise<void> {
  try {
    await replaceFile(path, text, mode);
  } catch (error) {
    throw ioError(error, 'writing', path, 'state-unwritable');
  }
}
