import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { writeAll } from '@bundle/files';
import type { Digest } from '@bundle/format';
import { readInto } from '@bundle/store';

/** An uncompressed layer in a file. Offsets and sizes are in bytes. */
export interface LayerFile {
  readonly size: number;
  /** Fills `target` with the bytes from `offset`; returns how many there were. */
  readInto(target: Buffer, offset: number): Promise<number>;
  close(): Promise<void>;
}

export async function openLayerFile(path: string): Promise<LayerFile> {
  const handle = await open(path, 'r');
  const { size } = await handle.stat();
  return {
    size,
    readInto: (target, offset) => readInto(handle, offset, target),
    close: () => handle.close(),
  };
}

/** Bytes that are gathered for one write: a stream may have many chunks of a few bytes. */
const writeBytes = 1024 * 1024;

/**
 * Writes a stream to a new file and returns its digest and size in bytes. Beyond `maxBytes` it only continues to read:
 * the returned size tells, and the file is incomplete. A chunk may be reused once the next one is requested.
 */
export async function writeHashed(
  path: string,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number = Number.POSITIVE_INFINITY,
): Promise<{ readonly digest: Digest; readonly size: number }> {
  const hash = createHash('sha256');
  const gathered = Buffer.allocUnsafeSlow(writeBytes);
  let filled = 0;
  let size = 0;
  const handle = await open(path, 'wx', 0o600);
  const write = async (): Promise<void> => {
    const bytes = gathered.subarray(0, filled);
    hash.update(bytes);
    size += filled;
    filled = 0;
    if (size <= maxBytes) await writeAll(handle, bytes);
  };
  try {
    for await (const chunk of content) {
      for (let start = 0; start < chunk.length; ) {
        const part = chunk.subarray(start, start + writeBytes - filled);
        gathered.set(part, filled);
        filled += part.length;
        start += part.length;
        if (filled === writeBytes) await write();
      }
    }
    await write();
  } finally {
    await handle.close();
  }
  return { digest: `sha256:${hash.digest('hex')}`, size };
}
