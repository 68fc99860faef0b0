import { open } from 'node:fs/promises';
import { writeAll } from './write-all.ts';

/**
 * Writes a new file and syncs it. The process's mask takes its bits from `mode`. A file that is there, and whatever `chunks`
 * fails with, fails this; the beginning of the file is then the caller's to remove. Errors are those of the system.
 */
export async function writeNew(
  path: string,
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  mode: number,
): Promise<void> {
  const handle = await open(path, 'wx', mode);
  try {
    for await (const chunk of chunks) await writeAll(handle, chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
