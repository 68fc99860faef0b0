import type { FileHandle } from 'node:fs/promises';

// A single system write may accept fewer bytes than given without an error, for example when the disk becomes full;
// only the next one fails. So all writes must go through this file.

/** Something with random write access, such as a file handle of Node. */
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

/**
 * Writes all bytes at the current position of the file: `writeFile` of a handle continues until they are written, and
 * does not truncate.
 */
export async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  await handle.writeFile(bytes);
}
