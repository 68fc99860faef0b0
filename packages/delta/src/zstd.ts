import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { invalidDelta } from './errors.ts';

const compressOnce = promisify(zstdCompress);
const decompressOnce = promisify(zstdDecompress);
/** Largest window of a frame: 16 MiB, the bytes of a pack with what they refer to. */
export const windowLog = 24;

export interface CompressOptions {
  readonly level: number;
  readonly dictionary?: Uint8Array | undefined;
  /** Finds matches of three bytes as well, with fewer tries: for numbers and addresses. */
  readonly isBinary?: boolean;
  /** Searches in 20 MB of tables instead of 12. */
  readonly hasLargeTables?: boolean;
}

/** Compresses in Node's thread pool, with a dictionary of raw bytes; neither may change meanwhile. */
export async function compress(
  bytes: Uint8Array,
  { level, dictionary, isBinary = false, hasLargeTables = false }: CompressOptions,
): Promise<Uint8Array> {
  const all = bytes.length + (dictionary?.length ?? 0);
  const log = Math.min(windowLog, Math.max(10, Math.ceil(Math.log2(all + 1))));
  const compressed = await compressOnce(bytes, {
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_windowLog]: log,
      // The defaults are for the bytes alone; with them it finds next to nothing in the dictionary.
      [constants.ZSTD_c_hashLog]: Math.min(20, Math.max(6, log)),
      [constants.ZSTD_c_chainLog]: Math.min(hasLargeTables ? 22 : 21, Math.max(6, log)),
      ...(isBinary ? { [constants.ZSTD_c_minMatch]: 3, [constants.ZSTD_c_searchLog]: 4 } : {}),
    },
    pledgedSrcSize: bytes.length,
    // One output buffer, so that zstd compresses into it without buffers of its own.
    chunkSize: bytes.length + (bytes.length >> 7) + 1024,
    ...(dictionary === undefined || dictionary.length === 0
      ? {}
      : { dictionary: Buffer.from(dictionary.buffer, dictionary.byteOffset, dictionary.length) }),
  });
  // The result is a view of a buffer that is as large as the input.
  return new Uint8Array(compressed);
}

/** Decompresses to exactly `size` bytes in Node's thread pool; refuses everything else. */
export async function decompress(
  bytes: Uint8Array,
  size: number,
  dictionary?: Uint8Array,
): Promise<Uint8Array> {
  if (size === 0 && bytes.length === 0) return bytes;
  const result = await decompressOnce(bytes, {
    params: { [constants.ZSTD_d_windowLogMax]: windowLog },
    maxOutputLength: size,
    chunkSize: Math.max(64, size),
    ...(dictionary === undefined || dictionary.length === 0
      ? {}
      : { dictionary: Buffer.from(dictionary.buffer, dictionary.byteOffset, dictionary.length) }),
  }).catch((error: unknown) => {
    throw invalidDelta(
      `a zstd frame of ${size} bytes`,
      error instanceof Error ? error.message : String(error),
    );
  });
  if (result.length !== size)
    throw invalidDelta(`${size} bytes in a zstd frame`, `${result.length}`);
  return result;
}
