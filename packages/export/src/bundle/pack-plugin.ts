import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { unzstd } from '@bundle/archive';
import { ioError, makeFolder, readBytesIfThere, writeNew } from '@bundle/files';
import { limits, type OnProgress, reasonOf } from '@bundle/format';

export interface PackPluginOptions {
  /** Beginning of the names of its files in the cache. */
  readonly name: string;
  /** Folder in which the packed form is kept. */
  readonly cache: string;
  /** Called with a problem of the cache; the plugin is packed anyway. */
  readonly onWarning: (problem: string) => void;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** 3 s for a plugin of 70 MB. The next level that makes it 1 MB smaller takes 17 s (docs/adr/0037-programs.md). */
const packedLevel = 12;
/** 32 MiB in place of 4, which saves 0.2 MB a plugin; decoders accept up to 128 MiB. */
const windowLog = 25;

/**
 * Compresses a program of docker with zstd. That takes seconds, so the result is kept, by the digest of the program and
 * these settings, and compared with the program each time. Fails with `input-unreadable`.
 */
export async function packPlugin(file: string, options: PackPluginOptions): Promise<Buffer> {
  const { name, cache, onWarning } = options;
  try {
    const digest = await sha256Of(createReadStream(file));
    const kept = join(cache, `${name}-${digest}.${packedLevel}-${windowLog}.zst`);
    const known = await readKept(kept, digest, onWarning);
    if (known !== undefined) return known;
    const packed = await compress(file, options);
    await keep(kept, packed, onWarning);
    return packed;
  } catch (error) {
    options.signal.throwIfAborted();
    throw ioError(error, 'packing', file, 'input-unreadable');
  }
}

async function compress(
  file: string,
  { name, onProgress, signal }: PackPluginOptions,
): Promise<Buffer> {
  const { size } = await stat(file);
  let doneBytes = 0;
  const chunks: Buffer[] = [];
  const encoder = createZstdCompress({
    params: {
      [constants.ZSTD_c_compressionLevel]: packedLevel,
      [constants.ZSTD_c_windowLog]: windowLog,
    },
    pledgedSrcSize: size,
  });
  await pipeline(
    createReadStream(file, { highWaterMark: 1024 * 1024 }),
    async function* (read: AsyncIterable<Buffer>) {
      for await (const chunk of read) {
        onProgress({
          phase: 'compressing, once for each version',
          doneBytes,
          totalBytes: size,
          detail: name,
        });
        doneBytes += chunk.length;
        yield chunk;
      }
    },
    encoder,
    async (packed: AsyncIterable<Buffer>) => {
      for await (const chunk of packed) chunks.push(chunk);
    },
    { signal },
  );
  return Buffer.concat(chunks);
}

/** Returns what a previous export kept; undefined if there is none, or if it does not unpack to the program. */
async function readKept(
  kept: string,
  digest: string,
  onWarning: PackPluginOptions['onWarning'],
): Promise<Buffer | undefined> {
  try {
    const bytes = await readBytesIfThere(kept, { maxBytes: limits.maxPluginBytes });
    if (bytes === undefined || (await sha256Of(unzstd(only(bytes)))) === digest) return bytes;
    onWarning(`${kept} was damaged, and is made again`);
  } catch (error) {
    onWarning(`${kept} cannot be used, and is made again: ${reasonOf(error)}`);
  }
  return undefined;
}

/** Writes beside the file, then renames: another export may be writing the same. */
async function keep(
  kept: string,
  bytes: Buffer,
  onWarning: PackPluginOptions['onWarning'],
): Promise<void> {
  const partial = `${kept}.${randomUUID()}`;
  try {
    await makeFolder(dirname(kept));
    try {
      await writeNew(partial, [bytes], 0o600);
      await rename(partial, kept);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  } catch (error) {
    onWarning(`${kept} cannot be kept, so the next export compresses again: ${reasonOf(error)}`);
  }
}

async function sha256Of(bytes: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex');
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
