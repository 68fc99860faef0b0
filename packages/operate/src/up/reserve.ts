import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError } from '@bundle/files';
import { writePrivate } from '../settings/settings-files.ts';

/**
 * Size of the reserve: more than the last steps write, including a journal with its full history. Not zeros, which some
 * file systems do not store.
 */
const reservedBytes = 64 * 1024;
const fileName = '.reserved';

/**
 * Reserves room in the state folder to record how a start ended, even if the disk fills up in the meantime. Fails with
 * `no-space` if there is not enough.
 */
export async function reserveRoom(root: string): Promise<void> {
  const content = Buffer.alloc(reservedBytes, 'reserved for the end of the run in progress\n');
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
