import { open, rm } from 'node:fs/promises';
import { moveIntoPlace, partialPath, type WritableAt } from '@bundle/files';
import type { WorkOptions } from '@bundle/format';
import type { Extent } from './extent-types.ts';

/** A file that is read and written anywhere: what an archive that is written in one pass needs of one. */
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

/** A file beside its final place. */
export interface OutputFile {
  readonly file: RandomFile;
  /** Where these bytes of it are written. */
  extentOf(position: number, size: number): Promise<Extent>;
  /** Once it is synced and closed. `bundle` gives the identity of what it holds. */
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
