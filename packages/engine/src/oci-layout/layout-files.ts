import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError, isAbsence, readBytesIfThere } from '@bundle/files';
import type { Extent } from '@bundle/store';
import type { ReadOptions, SourceLayer } from '../image-source.ts';
import type { LayerFile } from './layer-file.ts';
import { layersInPlace } from './layers-in-place.ts';

/** The files of an OCI image layout, or of another archive of images, wherever they are. */
export interface LayoutFiles {
  /** For messages: where a file is. */
  place(path: string): string;
  /** Reads a small file whole; undefined if it does not exist. */
  read(path: string): Promise<Buffer | undefined>;
  /** Returns the size of a file in bytes; undefined if it does not exist. */
  sizeOf(path: string): Promise<number | undefined>;
  /** Yields layers, each once, in an order of its own. All of them exist. */
  layers(files: readonly LayerFile[], options: ReadOptions): AsyncIterable<SourceLayer>;
}

/** Returns the files of a layout in a folder. Its methods fail with `engine-failed`. */
export function folderFiles(root: string): LayoutFiles {
  const extentOf = async (path: string): Promise<Extent | undefined> => {
    const file = join(root, path);
    try {
      const { size } = await stat(file);
      return { file, offset: 0, size };
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw ioError(error, 'reading', file, 'engine-failed');
    }
  };
  return {
    place: (path) => join(root, path),
    read: (path) => readBytesIfThere(join(root, path), { code: 'engine-failed' }),
    sizeOf: async (path) => (await extentOf(path))?.size,
    layers: (files, options) => layersInPlace(files, extentOf, options),
  };
}

/** Returns the files of a layout of which some have arrived elsewhere, and are not in their place yet. */
export function withArrived(files: LayoutFiles, arrived: LayoutFiles): LayoutFiles {
  return {
    ...files,
    read: async (path) => (await arrived.read(path)) ?? files.read(path),
    sizeOf: async (path) => (await arrived.sizeOf(path)) ?? files.sizeOf(path),
  };
}
