import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ioError, partialPath, syncFolder, writeNew } from '@bundle/files';

/**
 * Writes a small file beside, syncs and renames it: it may be on a stick that is taken out at once. `what` names it in
 * messages: "the inventory". Fails with `output-unwritable` or `no-space`.
 */
export async function writeWhole(what: string, output: string, text: string): Promise<void> {
  const partial = await partialPath(output);
  try {
    await writeNew(partial, [Buffer.from(text)], 0o644);
    await rename(partial, output);
    await syncFolder(dirname(output));
  } catch (error) {
    await rm(partial, { force: true });
    throw ioError(error, `writing ${what} to`, output, 'output-unwritable');
  }
}
