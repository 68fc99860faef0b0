import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  blockBytes,
  contentBytes,
  hasChecksum,
  hasContent,
  hasMagic,
  isExtension,
  isHeader,
  linkIn,
  paddingBytes,
  pathIn,
  sizeIn,
  textIn,
  typeOf,
} from '../src/tar-header.ts';

const deep = `${'folder/'.repeat(14)}notes-für-später.txt`;
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tar-header-'));
  mkdirSync(join(folder, deep, '..'), { recursive: true });
  writeFileSync(join(folder, deep), 'x'.repeat(700));
  writeFileSync(join(folder, 'short'), 'x'.repeat(700));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Returns the first header that tar writes for a file. */
function headerOf(format: string, path: string, ...options: readonly string[]): Buffer {
  const words = [`--format=${format}`, '-C', folder, ...options, '-cf', '-', path];
  return execFileSync('tar', words).subarray(0, blockBytes);
}

/** Returns a header with other bytes in a field, and a checksum that fits. */
function changed(header: Buffer, at: number, bytes: Buffer): Buffer {
  const copy = Buffer.from(header);
  bytes.copy(copy, at);
  copy.fill(0x20, 148, 156);
  const sum = copy.reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return copy;
}

test.each(['v7', 'oldgnu', 'gnu', 'ustar'])('reads a header of the format %s', (format) => {
  const header = headerOf(format, 'short');
  expect(isHeader(header)).toBe(true);
  expect(hasMagic(header)).toBe(format !== 'v7');
  expect(pathIn(header, 'utf8')).toBe('short');
  expect(typeOf(header)).toBe('0');
  expect(contentBytes(header)).toBe(700);
  expect(paddingBytes(700)).toBe(324);
  expect(paddingBytes(1024)).toBe(0);
});

test('reads a long path with its prefix, in both encodings', () => {
  const header = headerOf('ustar', deep);
  expect(pathIn(header, 'utf8')).toBe(deep);
  expect(pathIn(header, 'latin1')).toBe(Buffer.from(deep).toString('latin1'));
});

test('takes nothing for a prefix in the format of GNU tar', () => {
  // GNU tar keeps the times of the last access and status change there with --incremental.
  const header = headerOf('gnu', 'short', '--incremental');
  expect(header[345]).not.toBe(0);
  expect(pathIn(header, 'utf8')).toBe('short');
});

test.each([
  ['gnu', 'L'],
  ['pax', 'x'],
])('recognizes the extension before a long path in the format %s', (format, type) => {
  const header = headerOf(format, `./${deep}`);
  expect(typeOf(header)).toBe(type);
  expect(isExtension(typeOf(header))).toBe(true);
});

test('reads the target of a link, which has no content', () => {
  const header = headerOf('ustar', 'short');
  const link = changed(header, 156, Buffer.from('1other name\0'));
  expect(linkIn(link, 'utf8')).toBe('other name');
  expect(hasContent(link)).toBe(false);
  expect(contentBytes(link)).toBe(0);
  expect(sizeIn(link)).toBe(700);
});

const base256 = (bytes: readonly number[]): Buffer => {
  const field = Buffer.alloc(12);
  field[0] = 0x80;
  field.set(bytes, 12 - bytes.length);
  return field;
};

test.each([
  ['octal digits after spaces', Buffer.from('       1274 '), 700],
  ['digits that fill the field', Buffer.from('000000001274'), 700],
  ['an empty field', Buffer.alloc(12), 0],
  ['base 256', base256([2, 0, 0, 0, 0]), 2 * 2 ** 32],
  ['more than a number holds', base256([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), undefined],
  // A reader of the last eight bytes alone would see 700.
  ['a large number with a small end', base256([1, 0, 0, 0, 0, 0, 0, 2, 0xbc]), undefined],
  ['a negative number', Buffer.alloc(12, 0xff), undefined],
  ['a decimal digit', Buffer.from('00000001279\0'), undefined],
  ['letters', Buffer.from('many        '), undefined],
])('reads a size written as %s', (_, field, size) => {
  const header = changed(headerOf('ustar', 'short'), 124, field);
  expect(isHeader(header)).toBe(true);
  expect(sizeIn(header)).toBe(size);
  expect(contentBytes(header)).toBe(size ?? 0);
});

test('refuses whatever is not a header', () => {
  const header = headerOf('ustar', 'short');
  const damaged = Buffer.from(header);
  damaged.writeUInt8(0x79, 0);
  const nameless = changed(header, 0, Buffer.alloc(100));
  expect(hasChecksum(damaged)).toBe(false);
  expect(hasChecksum(header.subarray(0, 511))).toBe(false);
  expect(isHeader(Buffer.alloc(blockBytes))).toBe(false);
  expect(isHeader(Buffer.alloc(0))).toBe(false);
  expect(hasChecksum(nameless)).toBe(true);
  expect(isHeader(nameless)).toBe(false);
  expect(hasMagic(Buffer.alloc(100))).toBe(false);
});

test('reads a text up to its first NUL, or all of it', () => {
  expect(textIn(Buffer.from('später\0rest'), 'utf8')).toBe('später');
  expect(textIn(Buffer.from('whole'), 'utf8')).toBe('whole');
  expect(textIn(new Uint8Array([0x80, 0xe9]), 'latin1')).toBe('\u0080é');
});
