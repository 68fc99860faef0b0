import { type FileHandle, open } from 'node:fs/promises';

/** Opens a file, uses it, and closes it whatever happens. If `flags` creates it, only the owner may write to it. */
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
