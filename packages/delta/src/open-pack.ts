import { readDifferences } from './differences.ts';
import { invalidDelta } from './errors.ts';
import type { OldBytes } from './old-bytes.ts';
import type { Range, StoredPack } from './record.ts';
import { decompress } from './zstd.ts';

/** Returns the bytes that a pack makes. */
export async function openPack(old: OldBytes, pack: StoredPack): Promise<Uint8Array> {
  const reference = await readRanges(
    old,
    pack.ranges,
    Buffer.allocUnsafeSlow(bytesIn(pack.ranges)),
  );
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

/** Returns how many bytes ranges have in all. */
export function bytesIn(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}

/** Reads ranges of old bytes one after another into `target`, which is as large as they are; returns it. */
export async function readRanges(
  old: OldBytes,
  ranges: readonly Range[],
  target: Buffer,
): Promise<Buffer> {
  for (const { offset, length } of ranges) {
    if (offset < 0 || offset + length > old.size) {
      throw invalidDelta(`a place in ${old.size} old bytes`, `${length} bytes at ${offset}`);
    }
  }
  let at = 0;
  for (const { offset, length } of ranges) {
    await old.readInto(target.subarray(at, at + length), offset);
    at += length;
  }
  return target;
}
