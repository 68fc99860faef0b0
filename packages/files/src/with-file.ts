import { type FileHandle, open } from 'node:fs/promises';

/** Opens, uses and closes a file, whatever happens in between. One that `flags` creates is written by its owner alone. */
export async function withFile<T>(
  path: string,
  flags: string,
  use: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await open(path, flags, 0o644);
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}
