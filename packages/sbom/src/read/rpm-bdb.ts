import { sbomLimits } from '../package.ts';
import { DamagedDatabase } from './damaged.ts';

// A hash database of Berkeley DB (libdb 5.3, src/dbinc/db_page.h). Page 0 describes the file. Pages of the types 2 and 13
// hold keys and values in turn, found through a list of offsets. A value is at its place (type 1), or fills pages of type 7
// that are linked (type 3). Every page has a header of 26 bytes.

const magic = 0x061561;
const headerBytes = 26;
const hashPages: ReadonlySet<number> = new Set([2, 13]);
const overflowPage = 7;
const linkedValue = 3;
const valueInPlace = 1;

/** Yields the headers of an RPM database in the form that RPM used before version 4.16. */
export function* bdbHeaders(bytes: Buffer): Generator<Buffer> {
  if (bytes.length < 512) throw new DamagedDatabase('it is shorter than a page');
  const isSwapped = bytes.readUInt32LE(12) !== magic;
  const u32 = (at: number): number => (isSwapped ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  const u16 = (at: number): number => (isSwapped ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at));
  if (u32(12) !== magic) throw new DamagedDatabase('it is not a hash database of Berkeley DB');
  const pageBytes = u32(20);
  if (
    bytes[24] !== 0 ||
    pageBytes < 512 ||
    pageBytes > 65536 ||
    (pageBytes & (pageBytes - 1)) !== 0
  ) {
    throw new DamagedDatabase('it is encrypted, or its pages have an impossible size');
  }
  const pages = Math.floor(bytes.length / pageBytes);
  if (u32(32) >= pages) throw new DamagedDatabase('it was cut short');
  const isUsed = new Uint8Array(pages);
  for (let page = 1; page < pages; page++) {
    const start = page * pageBytes;
    if (!hashPages.has(bytes[start + 25] ?? 0)) continue;
    const entries = Math.min(u16(start + 20), (pageBytes - headerBytes) >> 1);
    for (let entry = 1; entry < entries; entry += 2) {
      const at = start + u16(start + headerBytes + entry * 2);
      const before = start + u16(start + headerBytes + (entry - 1) * 2);
      const needed = bytes[at] === linkedValue ? 12 : 1;
      const isInside = at + needed <= start + pageBytes && at < before;
      if (!isInside) throw new DamagedDatabase(`page ${page} is broken`);
      // Items are laid down from the end of the page, so a value ends where its key begins.
      if (bytes[at] === valueInPlace) yield* packageAt(bytes.subarray(at + 1, before));
      else if (bytes[at] === linkedValue) {
        yield* packageAt(linked(bytes, u32(at + 4), u32(at + 8), { pageBytes, isUsed, u32 }));
      }
    }
  }
}

/** Passes on a header. Besides packages there is the counter of their numbers, which has four bytes. */
function* packageAt(value: Buffer): Generator<Buffer> {
  if (value.length > 4) yield value;
}

interface Pages {
  readonly pageBytes: number;
  /** For each page, 1 once a value has it. */
  readonly isUsed: Uint8Array;
  readonly u32: (at: number) => number;
}

function linked(
  bytes: Buffer,
  first: number,
  length: number,
  { pageBytes, isUsed, u32 }: Pages,
): Buffer {
  if (length > Math.min(bytes.length, sbomLimits.maxRpmHeaderBytes)) {
    throw new DamagedDatabase(`a value claims ${length} bytes`);
  }
  const parts: Buffer[] = [];
  let left = length;
  for (let page = first; left > 0; ) {
    const start = page * pageBytes;
    if (page === 0 || page >= isUsed.length || bytes[start + 25] !== overflowPage) {
      throw new DamagedDatabase(`page ${page} does not continue a value`);
    }
    if (isUsed[page] === 1) throw new DamagedDatabase('its values overlap');
    isUsed[page] = 1;
    const part = bytes.subarray(
      start + headerBytes,
      start + Math.min(pageBytes, headerBytes + left),
    );
    parts.push(part);
    left -= part.length;
    page = u32(start + 16);
  }
  return Buffer.concat(parts);
}
