import { copyFile, link, open, rename, rm } from 'node:fs/promises';
import { ioError } from '@bundle/files';
import { systemErrorCode } from '@bundle/format';

export interface PutCommand {
  readonly path: string;
  /** Whether it is the installed command now; otherwise something else has that name. */
  readonly isOwn: boolean;
}

/** How every executable of this command begins. */
const beginning = '#!/bin/sh\n# The bundle command for Linux';

/**
 * Gives the installed command a name on the PATH of all users, unless something else has that name. It is a file of its
 * own, since others cannot look into the state folder. Fails with `output-unwritable`.
 */
export async function putCommand(
  command: string,
  path = '/usr/local/bin/bundle',
): Promise<PutCommand> {
  const next = `${path}.next`;
  try {
    const before = await beginningOf(path);
    if (before !== undefined && before !== beginning) return { path, isOwn: false };
    await rm(next, { force: true });
    await link(command, next).catch(() => copyFile(command, next));
    await rename(next, path);
    // A rename between two names of the same file does nothing.
    await rm(next, { force: true });
    return { path, isOwn: true };
  } catch (error) {
    throw ioError(error, 'copying the command to', path, 'output-unwritable');
  }
}

/** Reads as many bytes of a file as an executable of this command begins with; undefined if there is none. */
async function beginningOf(path: string): Promise<string | undefined> {
  try {
    const handle = await open(path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(beginning.length), 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
