import { readDifferences } from './differences.ts';
import { invalidDelta } from './errors.ts';
import type { OldBytes } from './old-bytes.ts';
import type { Range, StoredPack } from './record.ts';
import { decompress } from './zstd.ts';

/** Returns the bytes that a pack makes. */
export async function openPack(old: OldBytes, pack: StoredPack): Promise<Uint8Array> {
  const reference = await readRanges(old, pack.ranges);
  const [control, differences, others] = await Promise.all([
    decompress(pack.control.stored, pack.control.size),
    decompress(pack.differences.stored, pack.differences.size),
    decompress(pack.others.stored, pack.others.size, pack.hasDictionary ? reference : undefined),
  ]);
  if (control.length > 0) {
    return readDifferences(reference, pack.size, { control, differences, others });
  }
  if (others.length !== pack.size || differences.length > 0) {
    throw invalidDelta(`${pack.size} bytes of a pack`, `${others.length}`);
  }
  return others;
}

/** Returns ranges of old bytes one after another. */
export async function readRanges(old: OldBytes, ranges: readonly Range[]): Promise<Uint8Array> {
  for (const { offset, length } of ranges) {
    if (offset < 0 || offset + length > old.size) {
      throw invalidDelta(`a place in ${old.size} old bytes`, `${length} bytes at ${offset}`);
    }
  }
  const [first] = ranges;
  // Most often a piece of one large file: it need not be copied again.
  if (first !== undefined && ranges.length === 1) return old.readWhole(first.offset, first.length);
  const bytes = new Uint8Array(ranges.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const { offset, length } of ranges) {
    bytes.set(await old.readWhole(offset, length), at);
    at += length;
  }
  return bytes;
}
