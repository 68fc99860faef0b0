import { open } from 'node:fs/promises';
import { writeAll } from './write-all.ts';

/**
 * Writes a new file and syncs it. The process's umask applies to `mode`. Fails if the file exists or if `chunks` fails;
 * the caller must then remove the incomplete file. Fails with system errors.
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
