import { dataSegments } from '../src/layer/elf.ts';

/** Makes the first bytes of a program for 64 bits with these writable segments. */
function programOf(segments: readonly (readonly [start: number, size: number])[]): Buffer {
  const bytes = Buffer.alloc(64 + segments.length * 56);
  bytes.write('\x7fELF\x02\x01', 'latin1');
  bytes.writeUInt32LE(64, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(segments.length, 56);
  for (const [index, [start, size]] of segments.entries()) {
    const at = 64 + index * 56;
    bytes.writeUInt32LE(1, at);
    bytes.writeUInt32LE(2, at + 4);
    bytes.writeUInt32LE(start, at + 8);
    bytes.writeUInt32LE(size, at + 32);
  }
  return bytes;
}

test('data that a program names many times is searched once', () => {
  const same = Array.from({ length: 100 }, (_, index) => [1000 + index, 5000] as const);
  expect(dataSegments(programOf([[9000, 10], ...same]))).toEqual([
    { start: 1000, end: 6099 },
    { start: 9000, end: 9010 },
  ]);
});
