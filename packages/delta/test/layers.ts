import type { LayerBytes } from '@bundle/delta';
import { applyDelta, makeDelta } from '@bundle/delta';
import { fixChecksum } from '@bundle/testkit';

/** An entry of a tar that a test makes. */
export interface Entry {
  readonly path: string;
  readonly content?: Uint8Array | string;
  readonly type?: string;
  readonly mode?: number;
  readonly time?: number;
  readonly link?: string;
  /** Bytes that replace those of the header, checksum aside. */
  readonly patch?: { readonly at: number; readonly bytes: Uint8Array };
  /** Blocks between the header and the content, as sparse files of GNU tar have them. */
  readonly extra?: Uint8Array;
}

export function tarOf(entries: readonly Entry[], end = 1024): Buffer {
  return Buffer.concat([...entries.map(bytesOf), Buffer.alloc(end)]);
}

function bytesOf({
  path,
  content = '',
  type = '0',
  mode = 0o644,
  time = 1_700_000_000,
  link = '',
  patch,
  extra,
}: Entry): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(path, 0, 100, 'utf8');
  const octal = (value: number, at: number, length: number): void => {
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  };
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes.length, 124, 12);
  octal(time, 136, 12);
  header.write(type, 156, 'latin1');
  header.write(link, 157, 100, 'utf8');
  header.write('ustar\x0000', 257, 'latin1');
  if (patch !== undefined) header.set(patch.bytes, patch.at);
  fixChecksum(header);
  return Buffer.concat([
    header,
    extra ?? Buffer.alloc(0),
    bytes,
    Buffer.alloc((512 - (bytes.length % 512)) % 512),
  ]);
}

/** Returns a layer of bytes in memory. */
export function layerOf(bytes: Uint8Array): LayerBytes {
  return {
    size: bytes.length,
    readInto: async (target, offset) =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).copy(target, 0, offset),
  };
}

export async function* chunksOf(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

export async function deltaOf(
  old: readonly Uint8Array[],
  next: Uint8Array,
  chunkBytes?: number,
): Promise<Buffer> {
  return collect(makeDelta(old.map(layerOf), chunksOf(next, chunkBytes)));
}

export async function rebuilt(
  old: readonly Uint8Array[],
  delta: Uint8Array,
  size: number,
): Promise<Buffer> {
  return collect(applyDelta(old.map(layerOf), chunksOf(delta), { size }));
}

/** Returns bytes that do not compress. */
export function noise(length: number, random: () => number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) bytes[at] = random() * 256;
  return bytes;
}
