import type { FileHandle } from 'node:fs/promises';

// One write of the system may take fewer bytes than it was given without an error, as the last one that a full disk has
// room for does; only the next one fails. So nothing else may call `write` of a file.

/** What can be written anywhere in; a file handle of Node is one. */
export interface WritableAt {
  write(
    bytes: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
}

/** Writes all bytes at a position. */
export async function writeAllAt(file: WritableAt, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Writes all bytes where the file is at: `writeFile` of a handle goes on until they are written, and truncates nothing. */
export async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  await handle.writeFile(bytes);
}
