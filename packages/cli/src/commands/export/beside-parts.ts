import { createReadStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ioError, partialPath, removeStalePartials, syncFolder, writeNew } from '@bundle/files';
import { commandBeside } from '@bundle/format';

/**
 * Copies the executable beside the list of parts, where it can be started without joining them. Returns its path. Fails
 * with `output-unwritable` or `no-space`.
 */
export async function putBesideParts(program: string, list: string): Promise<string> {
  const path = commandBeside(list);
  const partial = await partialPath(path);
  try {
    await removeStalePartials(dirname(path), (name) => name === basename(path));
    await writeNew(partial, createReadStream(program), 0o755);
    await rename(partial, path);
    await syncFolder(dirname(path));
    return path;
  } catch (error) {
    await rm(partial, { force: true });
    throw ioError(error, 'copying the command beside the parts, to', path, 'output-unwritable');
  }
}
