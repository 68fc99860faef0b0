import { open, rm } from 'node:fs/promises';
import { moveIntoPlace, partialPath, type WritableAt } from '@bundle/files';
import type { WorkOptions } from '@bundle/format';
import type { Extent } from './extent-types.ts';

/** A file with random access, as needed to write an archive in one pass. */
export interface RandomFile extends WritableAt {
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  truncate(size: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A file that is written beside its final place. */
export interface OutputFile {
  readonly file: RandomFile;
  /** Returns where these bytes of the file are. */
  extentOf(position: number, size: number): Promise<Extent>;
  /** Moves the file into place; it must be synced and closed. `bundle` returns the identity of its content. */
  moveIntoPlace(bundle: () => string, options: WorkOptions): Promise<void>;
  remove(): Promise<void>;
}

export async function openOutputFile(output: string): Promise<OutputFile> {
  const path = await partialPath(output);
  await rm(path, { force: true });
  return {
    file: await open(path, 'wx+', 0o644),
    extentOf: async (offset, size) => ({ file: path, offset, size }),
    moveIntoPlace: () => moveIntoPlace(path, output),
    remove: () => rm(path, { force: true }),
  };
}
