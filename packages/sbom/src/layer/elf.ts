/** A range of bytes of a file. */
export interface FileRange {
  readonly start: number;
  readonly end: number;
}

const elfMagic = 0x464c457f;
const headerBytes = 64;
/** Programs have some ten segments. */
const maxSegments = 128;
const loaded = 1;
const executable = 1;
const writable = 2;

/**
 * Returns which parts of an ELF file hold writable data, from its first bytes (System V ABI, program header). Go puts its
 * build information there and looks for it nowhere else; constants are most of a large program. `undefined`: more bytes
 * are needed. An empty list: it is not ELF, or has no data.
 */
export function dataSegments(bytes: Buffer): readonly FileRange[] | undefined {
  if (bytes.length < headerBytes) return undefined;
  const isElf = bytes.readUInt32LE(0) === elfMagic;
  const [is64, isLittle] = [bytes[4] === 2, bytes[5] === 1];
  if (!isElf || (!is64 && bytes[4] !== 1)) return [];
  const u16 = (at: number): number => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number): number => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const word = (at: number): number => {
    if (!is64) return u32(at);
    return Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  };
  const first = word(is64 ? 32 : 28);
  const size = u16(is64 ? 54 : 42);
  const count = u16(is64 ? 56 : 44);
  const end = first + size * count;
  // Linkers put them right behind the header.
  if (count > maxSegments || size < (is64 ? 56 : 32) || end > 64 * 1024) return [];
  if (bytes.length < end) return undefined;
  const ranges: FileRange[] = [];
  for (let at = first; at < end; at += size) {
    const flags = u32(at + (is64 ? 4 : 24));
    if (u32(at) !== loaded || (flags & (executable | writable)) !== writable) continue;
    const start = word(at + (is64 ? 8 : 4));
    ranges.push({ start, end: start + word(at + (is64 ? 32 : 16)) });
  }
  return merged(ranges);
}

/** Joins ranges that overlap, in their order. Each is searched, and a program may name the same bytes many times. */
function merged(ranges: readonly FileRange[]): FileRange[] {
  const joined: FileRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last === undefined || range.start > last.end) joined.push(range);
    else joined.splice(-1, 1, { start: last.start, end: Math.max(last.end, range.end) });
  }
  return joined;
}
