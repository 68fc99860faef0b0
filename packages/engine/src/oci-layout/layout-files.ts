import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError, isAbsence, readBytesIfThere } from '@bundle/files';
import type { Extent } from '@bundle/store';

/** The files of an OCI image layout, wherever they are. */
export interface LayoutFiles {
  /** For messages: where a file is. */
  place(path: string): string;
  /** Reads a small file whole; undefined if it does not exist. */
  read(path: string): Promise<Buffer | undefined>;
  /** Returns where a file is; undefined if it does not exist. */
  extentOf(path: string): Promise<Extent | undefined>;
}

/** Returns the files of a layout in a folder. Its methods fail with `engine-failed`. */
export function folderFiles(root: string): LayoutFiles {
  return {
    place: (path) => join(root, path),
    read: (path) => readBytesIfThere(join(root, path), 'engine-failed'),
    async extentOf(path) {
      const file = join(root, path);
      try {
        const { size } = await stat(file);
        return { file, offset: 0, size };
      } catch (error) {
        if (isAbsence(error)) return undefined;
        throw ioError(error, 'reading', file, 'engine-failed');
      }
    },
  };
}
