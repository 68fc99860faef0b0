import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError } from '@bundle/files';
import { writePrivate } from '../settings/settings-files.ts';

/** More than the last steps write, a journal with all its history among it; not zeros, which some file systems do not store. */
const reservedBytes = 64 * 1024;
const fileName = '.reserved';

/**
 * Room in the state folder for writing down how a start ended, when something else fills the disk meanwhile. Fails with
 * `no-space` where there is not enough.
 */
export async function reserveRoom(root: string): Promise<void> {
  const content = Buffer.alloc(reservedBytes, 'reserved for the end of the run under way\n');
  try {
    await writePrivate(join(root, fileName), content);
  } catch (error) {
    await rm(join(root, `${fileName}.next`), { force: true });
    throw error;
  }
}

export async function freeRoom(root: string): Promise<void> {
  try {
    await rm(join(root, fileName), { force: true });
  } catch (error) {
    throw ioError(error, 'writing the state folder', root, 'state-unwritable');
  }
}
