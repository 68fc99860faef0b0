import { layerOf, listOf, packagesOf, recordOf } from './layer-of.ts';

/** Writes a number as Go's varints are: seven bits a byte, lowest first. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}

/** Makes a program with build information as Go 1.18 and later write it, `before` bytes from its start. */
function programOf(lines: readonly string[], before = 500_000, flags = 2): Buffer {
  const elf = Buffer.alloc(before, 0x90);
  // 64 bits, lowest byte first, with one loaded segment that may be read and written.
  elf.write('\x7fELF\x02\x01', 0, 'latin1');
  elf.writeBigUInt64LE(64n, 32);
  elf.writeUInt16LE(56, 54);
  elf.writeUInt16LE(1, 56);
  elf.writeUInt32LE(1, 64);
  elf.writeUInt32LE(6, 68);
  elf.writeBigUInt64LE(BigInt(before), 72);
  elf.writeBigUInt64LE(100_000n, 96);
  // In code it means nothing.
  elf.write('\xff Go buildinf:', before - 40, 'latin1');
  const header = Buffer.alloc(32);
  header.write('\xff Go buildinf:', 0, 'latin1');
  header[14] = 8;
  header[15] = flags;
  const mark = Buffer.alloc(16, 0x33);
  const modules = Buffer.concat([mark, Buffer.from(`${lines.join('\n')}\n`), mark]);
  const version = Buffer.from('go1.24.4 X:nocoverageredesign');
  return Buffer.concat([
    elf,
    header,
    varint(version.length),
    version,
    varint(modules.length),
    modules,
  ]);
}

const lines = [
  'path\texample.com/shop/cmd/api',
  'mod\texample.com/shop\t(devel)\t',
  'dep\tgithub.com/moby/sys/mountinfo\tv0.7.2\th1:1shs6aH5s4o5H2zQLn796ADW1wMrIwHsyJ2v9KouLrg=',
  'dep\tgolang.org/x/old\tv1.0.0',
  '=>\tgolang.org/x/new\tv1.1.0\th1:abc=',
  'build\t-compiler=gc',
];
const expected = [
  'golang example.com/shop',
  'golang github.com/moby/sys/mountinfo v0.7.2',
  'golang golang.org/x/new v1.1.0',
  'golang stdlib 1.24.4',
];

test('a Go program gives its modules, replaced ones as what replaced them', () => {
  expect(listOf(packagesOf({ 'usr/bin/api': programOf(lines) }))).toEqual(expected);
});

test('its information is found wherever the stream is cut', () => {
  const layer = layerOf({ 'usr/bin/api': programOf(lines, 300_000) });
  const whole = recordOf(layer, layer.length);
  for (let size = 299_990; size < 300_900; size += 7) expect(recordOf(layer, size)).toEqual(whole);
  for (const size of [13, 14, 100, 4096]) expect(recordOf(layer, size)).toEqual(whole);
});

test('a program of Go before 1.18 and one with broken information are problems', () => {
  const old = packagesOf({ 'usr/bin/old': programOf(lines, 300_000, 0) });
  expect(old.problems).toEqual([
    {
      path: 'usr/bin/old',
      problem: 'was built with Go before 1.18, whose list of modules is not read',
    },
  ]);
  const broken = programOf(lines, 300_000).subarray(0, 300_000 + 100);
  expect(packagesOf({ 'usr/bin/broken': broken }).problems).toMatchObject([
    { problem: 'has build information of Go that is damaged' },
  ]);
  const long = Buffer.concat([programOf([], 300_000).subarray(0, 300_032), Buffer.alloc(20, 0xff)]);
  expect(packagesOf({ 'usr/bin/long': long }).packages).toEqual([]);
});

test('a script in place of the program leaves nothing of it', () => {
  const image = packagesOf({ 'usr/bin/api': programOf(lines) }, { 'usr/bin/api': '#!/bin/sh\n' });
  expect(image.packages).toEqual([]);
});
