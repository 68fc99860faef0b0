// Layers that are too large to keep: written for a measurement, and removed after it. Their data does not compress.
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { checksumOf } from '../../packages/format/dist/tar-header.js';

const blockBytes = 512;
const mebi = 2 ** 20;
const cellBytes = 65_536;
const base = new Int32Array(cellBytes / 4);
for (let index = 0, state = 1; index < base.length; index++) {
  state = Math.imul(state, 0x9e3779b1) + 0x85ebca6b;
  base[index] = state ^ (state >>> 15);
}

/** Writes bytes from `offset` of an endless row that differs from seed to seed, and in each 64 KiB. */
function fillNoise(target, seed, offset) {
  const words = new Int32Array(base.length);
  for (let filled = 0; filled < target.length; ) {
    const cell = Math.floor((offset + filled) / cellBytes);
    const from = (offset + filled) % cellBytes;
    const key = Math.imul(seed + 1, 0x27d4eb2f) ^ Math.imul(cell + 1, 0x165667b1);
    for (let index = 0; index < words.length; index++)
      words[index] = Math.imul(base[index], 5) ^ key;
    const part = new Uint8Array(words.buffer).subarray(from, from + target.length - filled);
    target.set(part, filled);
    filled += part.length;
  }
}

function headerOf(path, size, { type = '0', time = 1_700_000_000, stated = size } = {}) {
  const header = Buffer.alloc(blockBytes);
  const octal = (value, at, length) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  header.write(path, 0, 100);
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(stated, 124, 12);
  octal(time, 136, 12);
  header.write(type, 156);
  header.write('ustar\x0000', 257, 'latin1');
  octal(checksumOf(header), 148, 7);
  header[155] = 0x20;
  return header;
}

/** Writes parts one after another: bytes, `{zeros}`, or `{seed, bytes, changes}` with `[offset, seed, bytes]` in each change. */
function writeParts(file, parts) {
  const handle = openSync(file, 'w');
  let size = 0;
  for (const part of parts) {
    if (Buffer.isBuffer(part)) writeSync(handle, part, 0, part.length, size);
    else if (part.seed !== undefined) writeContent(handle, part, size);
    size += part.length ?? part.zeros ?? part.bytes;
  }
  // Zeros are holes, which take no room.
  ftruncateSync(handle, size);
  closeSync(handle);
}

function writeContent(handle, part, start) {
  for (let from = 0; from < part.bytes; from += mebi) {
    const bytes = Buffer.alloc(Math.min(mebi, part.bytes - from));
    fillContent(bytes, part, from);
    writeSync(handle, bytes, 0, bytes.length, start + from);
  }
}

function fillContent(target, { seed, changes = [] }, from) {
  fillNoise(target, seed, from);
  for (const [offset, other, bytes] of changes) {
    const start = Math.max(offset, from);
    const end = Math.min(offset + bytes, from + target.length);
    if (start < end) fillNoise(target.subarray(start - from, end - from), other, start - offset);
  }
}

const paddingOf = (bytes) => ({ zeros: (blockBytes - (bytes % blockBytes)) % blockBytes });
const endOfTar = { zeros: 1024 };

/** 80,000 files of 2 GB and two of 1 GB; the new layer has 1 % of the files and 100 places of a large one changed. */
function* manyFiles(isNew) {
  for (let index = 0; index < 80_000; index++) {
    const bytes = 1000 + ((Math.imul(index + 7, 0x9e3779b1) >>> 0) % 48_000);
    const isChanged = isNew && index % 100 === 0;
    const time = isChanged ? 1_710_000_000 : 1_700_000_000;
    const changes = isChanged ? [[Math.floor(bytes / 2), 2_000_000 + index, 200]] : [];
    yield headerOf(`data/${index % 300}/${index}`, bytes, { time });
    yield* [{ seed: index, bytes, changes }, paddingOf(bytes)];
  }
  for (const seed of [1_000_001, 1_000_002]) {
    const bytes = 1_000_000_000;
    const places = isNew && seed === 1_000_001 ? 100 : 0;
    const changes = Array.from({ length: places }, (_, at) => [
      at * 9_999_991,
      3_000_000 + at,
      10_000,
    ]);
    yield* [headerOf(`large-${seed}`, bytes), { seed, bytes, changes }, paddingOf(bytes)];
  }
  yield endOfTar;
}

/**
 * A sparse file of 8 GiB as engines write it, with its size in an extension and 0 in its header, and an empty file. The
 * new layer has 1 MiB changed, and 1 MiB in another place.
 */
function sparseFile(isNew) {
  const size = 8 * 1024 * mebi;
  const record = `19 size=${size}\n`;
  const data = isNew ? [[30 * mebi, 8, mebi]] : [];
  const first = 5 * 1024 * mebi;
  const parts = [
    { zeros: first },
    { seed: 1, bytes: 64 * mebi, changes: data },
    ...(isNew ? [{ zeros: 777 }, { seed: 9, bytes: mebi }] : []),
  ];
  const rest = size - parts.reduce((sum, part) => sum + (part.zeros ?? part.bytes), 0);
  return [
    headerOf('PaxHeaders.0/sparse', record.length, { type: 'x' }),
    ...[Buffer.from(record), paddingOf(record.length)],
    ...[headerOf('sparse', size, { stated: 0 }), ...parts, { zeros: rest }],
    ...[headerOf('empty', 0), endOfTar],
  ];
}

const kinds = { 'many files': manyFiles, 'sparse file': sparseFile };

/** Returns a pair of layers to make. */
export const generatedPair = (kind) => ({
  old: (file) => writeParts(file, kinds[kind](false)),
  next: (file) => writeParts(file, kinds[kind](true)),
});
