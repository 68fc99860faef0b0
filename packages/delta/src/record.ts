import { ByteReader, maxNumberBytes } from './byte-reader.ts';
import type { ByteSource } from './byte-source.ts';
import { ByteWriter } from './byte-writer.ts';
import { invalidDelta } from './errors.ts';
import { deltaLimits } from './limits.ts';
import { type CompressOptions, compress, decompress } from './zstd.ts';

/** The first bytes of every delta. */
export const magic = new TextEncoder().encode('OBDELTA1');

/** What follows the first bytes, again and again. */
export const recordType = { end: 0, operations: 1, pack: 2 } as const;

/** Bytes of the record at the end: its type, and the size of the layer as 8 bytes, lowest first. */
export const endBytes = 9;

/** Level for lists of operations: small, and all that an unchanged layer costs. */
const listLevel = 19;

/** A range of old bytes. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** The content of a pack record; the lists are compressed. */
export interface StoredPack {
  /** Bytes that the pack makes. */
  readonly size: number;
  readonly ranges: readonly Range[];
  /** The ranges are the dictionary of `others`. */
  readonly hasDictionary: boolean;
  readonly control: StoredList;
  readonly differences: StoredList;
  readonly others: StoredList;
}

export interface StoredList {
  readonly size: number;
  readonly stored: Uint8Array;
}

/** Compresses a list of a pack; an empty one takes no bytes. */
export async function storedList(bytes: Uint8Array, options: CompressOptions): Promise<StoredList> {
  return {
    size: bytes.length,
    stored: bytes.length === 0 ? bytes : await compress(bytes, options),
  };
}

export function startOfDelta(sizes: readonly number[]): Uint8Array {
  const writer = new ByteWriter();
  writer.bytes(magic);
  writer.number(sizes.length);
  for (const size of sizes) writer.number(size);
  return writer.view();
}

export async function operationsRecord(lists: Uint8Array): Promise<Uint8Array> {
  const stored = await compress(lists, { level: listLevel });
  const writer = new ByteWriter();
  writer.byte(recordType.operations);
  writer.number(lists.length);
  writer.number(stored.length);
  writer.bytes(stored);
  return writer.view();
}

export function packRecord(pack: StoredPack): Uint8Array {
  const { size, ranges, hasDictionary, control, differences, others } = pack;
  const head = new ByteWriter();
  head.number(size);
  head.number(ranges.length);
  let position = 0;
  for (const { offset, length } of ranges) {
    head.signed(offset - position);
    head.number(length);
    position = offset + length;
  }
  head.number(hasDictionary ? 1 : 0);
  for (const list of [control, differences, others]) {
    head.number(list.size);
    head.number(list.stored.length);
  }
  const start = new ByteWriter();
  start.byte(recordType.pack);
  start.number(head.length);
  const lists = [control, differences, others].map(({ stored }) => stored);
  return Buffer.concat([start.view(), head.view(), ...lists]);
}

export function endRecord(size: number): Uint8Array {
  const bytes = Buffer.alloc(endBytes);
  bytes[0] = recordType.end;
  bytes.writeBigUInt64LE(BigInt(size), 1);
  return bytes;
}

/** Reads a number byte by byte from the delta. */
export async function readNumber(source: ByteSource): Promise<number> {
  const bytes: number[] = [];
  for (;;) {
    const [byte] = await source.read(1);
    if (byte === undefined) throw invalidDelta('more of the delta', 'its end');
    bytes.push(byte);
    if (byte < 0x80 || bytes.length === maxNumberBytes)
      return new ByteReader(Uint8Array.from(bytes)).number();
  }
}

export async function readExactly(source: ByteSource, count: number): Promise<Uint8Array> {
  const bytes = await source.read(count);
  if (bytes.length !== count) throw invalidDelta('more of the delta', 'its end');
  return bytes;
}

/** Reads the rest of an operations record; returns the lists. */
export async function readOperations(source: ByteSource): Promise<Uint8Array> {
  const size = within(
    await readNumber(source),
    deltaLimits.maxOperationsBytes,
    'bytes of operations',
  );
  const stored = within(await readNumber(source), storedLimit(size), 'stored bytes of operations');
  return decompress(await readExactly(source, stored), size);
}

/** Reads the rest of a pack record. */
export async function readPack(source: ByteSource): Promise<StoredPack> {
  const headBytes = within(
    await readNumber(source),
    64 + deltaLimits.maxReferenceRanges * 16,
    'bytes of a pack’s head',
  );
  const head = new ByteReader(await readExactly(source, headBytes));
  const size = within(head.number(), deltaLimits.maxPackBytes, 'bytes of a pack');
  if (size === 0) throw invalidDelta('a pack that makes bytes', 'an empty one');
  const count = within(head.number(), deltaLimits.maxReferenceRanges, 'ranges of old bytes');
  const ranges: Range[] = [];
  let position = 0;
  let total = 0;
  for (let index = 0; index < count; index++) {
    const offset = position + head.signed();
    const length = head.number();
    total += length;
    within(total, deltaLimits.maxReferenceBytes, 'old bytes of a pack');
    ranges.push({ offset, length });
    position = offset + length;
  }
  const hasDictionary = within(head.number(), 1, 'as a mark of a dictionary') === 1;
  const next = (most: number): { size: number; stored: number } => {
    const listSize = within(head.number(), most, 'bytes of a list');
    return {
      size: listSize,
      stored: within(head.number(), storedLimit(listSize), 'stored bytes of a list'),
    };
  };
  const [control, differences, others] = [next(size * 3 + 64), next(size * 3 + 64), next(size)];
  if (head.rest > 0) throw invalidDelta('the end of a pack’s head', `${head.rest} more bytes`);
  const list = async (of: { size: number; stored: number }): Promise<StoredList> => ({
    size: of.size,
    stored: await readExactly(source, of.stored),
  });
  return {
    size,
    ranges,
    hasDictionary,
    control: await list(control),
    differences: await list(differences),
    others: await list(others),
  };
}

/** Compressed bytes are never much more than what they stand for. */
function storedLimit(size: number): number {
  return size + (size >> 6) + 1024;
}

export function within(value: number, most: number, what: string): number {
  if (value > most) throw invalidDelta(`at most ${most} ${what}`, String(value));
  return value;
}
