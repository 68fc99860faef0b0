import { execFile } from 'node:child_process';
import { open, readFile, truncate, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { limits } from '@bundle/format';
import { patchedEntry, paxRecord } from '@bundle/testkit';
import { Header, type HeaderData } from 'tar';
import { packTar } from '../../archive/src/tar-pack.ts';
import { openBundle } from '../src/bundle-source.ts';
import { tarFileHeader, tarPadding } from '../src/tar-format.ts';
import { indexTar } from '../src/tar-index.ts';
import { collect, testFolder } from './folder.ts';

const run = promisify(execFile);
const here = testFolder();
const end = Buffer.alloc(1024);

function padded(text: string): Buffer {
  return Buffer.concat([
    Buffer.from(text),
    Buffer.alloc((512 - (Buffer.byteLength(text) % 512)) % 512),
  ]);
}
const plain = { mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) };

/** Makes an entry as any tar program could write it. */
function entry(fields: HeaderData, content = ''): Buffer {
  const block = Buffer.alloc(512);
  new Header({ ...plain, size: Buffer.byteLength(content), ...fields }).encode(block, 0);
  return Buffer.concat([block, padded(content)]);
}
const file = (path: string, content = 'x'): Buffer => entry({ path, type: 'File' }, content);
const pax = (record: string, type: HeaderData['type'] = 'ExtendedHeader'): Buffer =>
  entry({ path: 'PaxHeader/x', type }, record);

async function write(...parts: Buffer[]): Promise<string> {
  const path = here('bundle.tar');
  await writeFile(path, Buffer.concat(parts));
  return path;
}
async function small(): Promise<string> {
  const entries = [
    { path: 'bundle.json', size: 2, content: Buffer.from('{}') },
    { path: 'images/a', size: 700, content: Buffer.alloc(700, 'a') },
    { path: 'empty', size: 0, content: Buffer.alloc(0) },
  ];
  return write(await collect(packTar(entries, () => undefined)));
}

/** Up to the longest of each way to write one, and the next longer. */
const longNames = [
  ...[99, 100, 101, 255].map((length) => 'x'.repeat(length)),
  `${'p'.repeat(155)}/${'n'.repeat(100)}`,
  `${'p'.repeat(156)}/${'n'.repeat(100)}`,
  `${'p'.repeat(155)}/${'n'.repeat(101)}`,
  `a/${'p'.repeat(153)}/${'n'.repeat(99)}`,
  `${'配'.repeat(33)}`,
  `${'配'.repeat(34)}`,
  `${'配'.repeat(51)}/${'置'.repeat(33)}`,
  `${'配'.repeat(85)}/${'置'.repeat(85)}`,
  'd/'.repeat(31) + 'x'.repeat(limits.maxNameBytes),
  `${'y'.repeat(204)}/`.repeat(4) + 'z'.repeat(204),
];

describe('archives that are accepted and listed as by GNU tar', () => {
  test.each<[string, () => Promise<string>, string[]]>([
    ['a small archive', small, ['bundle.json', 'images/a', 'empty']],
    ['an archive without files', () => write(end), []],
    [
      'an archive with padding',
      () => write(file('a'), tarPadding(1024, new Date(0)), file('b'), end),
      ['a', 'b'],
    ],
    [
      'an archive with large padding',
      () => write(tarPadding(1024 * 1024, new Date(0)), file('a'), end),
      ['a'],
    ],
    [
      'names that a header holds, and names that it does not',
      () => write(...longNames.map((path) => tarFileHeader(path, 0, false, new Date(0))), end),
      longNames,
    ],
    [
      'names in other scripts',
      () =>
        write(
          tarFileHeader('配置/应用 设置.conf', 0, false, new Date(0)),
          tarPadding(1024, new Date(0)),
          tarFileHeader('größe', 0, false, new Date(0)),
          end,
        ),
      ['配置/应用 设置.conf', 'größe'],
    ],
  ])('%s', async (_, make, expected) => {
    const path = await make();
    const entries = await indexTar(path);
    expect([...entries.keys()]).toEqual(expected);
    const { stdout } = await run('tar', ['--quoting-style=literal', '-tf', path]);
    expect(stdout.split('\n').filter((line) => line !== '')).toEqual(expected);
    const archive = await readFile(path);
    for (const [name, { offset, size }] of entries) {
      const { stdout: bytes } = await run('tar', ['-xOf', path, name], { encoding: 'buffer' });
      expect(archive.subarray(offset, offset + size)).toEqual(bytes);
    }
  });
});

test('a truncated archive is never taken for a complete one', async () => {
  const path = await small();
  const whole = await readFile(path);
  const cuts = Array.from({ length: whole.length / 512 }, (_, block) => block * 512);
  expect(cuts.length).toBe(8);
  for (const cut of [...cuts, ...cuts.map((at) => at + 1), whole.length - 1]) {
    await writeFile(path, whole.subarray(0, cut));
    await expect(indexTar(path)).rejects.toMatchObject({ code: 'archive-truncated' });
  }
});

/** Path records that a tar program would follow, each refused for a reason of its own. */
function hostileRecords(): [string, Buffer[], string][] {
  const path = '配置';
  const inUtf8 = (header: Buffer, name: string): Buffer => patchedEntry(header, 0, `${name}\0`);
  const named = (name: string): Buffer => inUtf8(file('a'), name);
  const wrong = 'not written as it should be';
  const changes = 'changes an entry';
  return [
    ['a record that renames the next file', [pax(paxRecord('path', '../evil')), file('a')], wrong],
    ['a record that leads out', [pax(paxRecord('path', '../é')), named('../é')], '".." segment'],
    ['a record for a path that needs none', [pax(paxRecord('path', 'a')), file('a')], wrong],
    [
      'a record of another path than the header',
      [pax(paxRecord('path', path)), named('配')],
      wrong,
    ],
    [
      'a record with a stand-in for what fits',
      [pax(paxRecord('path', path)), named('long-name')],
      wrong,
    ],
    [
      'a name that is not composed',
      [pax(paxRecord('path', 'e\u0301')), named('e\u0301')],
      'composed form',
    ],
    [
      'a name that turns around',
      [pax(paxRecord('path', 'a\u202eb')), named('a\u202eb')],
      'direction',
    ],
    ['a record with a line feed in it', [pax(paxRecord('path', 'é\nb')), named('é\nb')], 'control'],
    ['a record with a NUL in it', [pax(paxRecord('path', 'é\0b')), named('é')], wrong],
    ['a folder', [pax(paxRecord('path', 'é/')), file('a')], wrong],
    ['two records', [pax(paxRecord('path', path) + paxRecord('path', path)), named(path)], changes],
    [
      'a path and a size',
      [pax(paxRecord('path', path) + paxRecord('size', '9')), named(path)],
      changes,
    ],
    ['a length in two ways', [pax(`0${paxRecord('path', path)}`), named(path)], changes],
    ['a record that lies about its length', [pax(`99 path=${path}\n`), named(path)], changes],
    ['a record without a line feed', [pax(`${14} path=配置é`), named('配置é')], changes],
    ['an encoding of its own', [pax(paxRecord('hdrcharset', 'BINARY')), named(path)], changes],
    [
      'a path for a path',
      [pax(paxRecord('path', path)), pax(paxRecord('path', 'é')), named('é')],
      'after a path',
    ],
    [
      'padding behind a path',
      [pax(paxRecord('path', path)), tarPadding(1024, new Date(0)), named(path)],
      'after a path',
    ],
    ['a path without a file', [file('b'), pax(paxRecord('path', path))], 'a path without a file'],
    ['bytes in a record that are not UTF-8', [patchedRecord(), named('é')], changes],
  ];
}

/** A record whose path is two bytes of Latin-1. */
function patchedRecord(): Buffer {
  const made = pax(paxRecord('path', 'é'));
  made.set([0xe9, 0xe9], 512 + '11 path='.length);
  return made;
}

describe('archives that are refused', () => {
  const target = { linkpath: 'bundle.json' };
  test.each<[string, Buffer[], string | RegExp]>([
    ['a file twice', [file('a'), file('b'), file('a')], 'a is there twice'],
    [
      'a file and a folder of one name',
      [file('a'), file('a/b')],
      'a is a file and the folder of a/b',
    ],
    [
      'a folder and a file of one name',
      [file('a/b/c'), file('a')],
      'a is a file and the folder of a/b/c',
    ],
    ['a symbolic link', [entry({ path: 'a', type: 'SymbolicLink', ...target })], 'a SymbolicLink'],
    ['a hard link', [file('bundle.json'), entry({ path: 'a', type: 'Link', ...target })], 'a Link'],
    ['a character device', [entry({ path: 'a', type: 'CharacterDevice' })], 'CharacterDevice'],
    ['a block device', [entry({ path: 'a', type: 'BlockDevice' })], 'a BlockDevice'],
    ['a pipe', [entry({ path: 'a', type: 'FIFO' })], 'a FIFO'],
    ['a folder', [entry({ path: 'a/', type: 'Directory' })], 'a Directory'],
    ['an absolute path', [file('/etc/passwd')], 'absolute'],
    ['a path to the parent folder', [file('../a')], '".." segment'],
    [
      'a path to the parent folder, in the prefix',
      [patchedEntry(file('a'), 345, '../x')],
      '".." segment',
    ],
    ['a backslash', [file('a\\b')], 'backslash'],
    ['a path in another script without a record', [file('ä')], 'not written as it should be'],
    ['a path too long for the plain form', [file('x'.repeat(101))], /"." segment|not written/],
    ['bytes that are not UTF-8', [patchedEntry(file('a'), 0, Buffer.from([0xe9]))], 'not written'],
    ['a sparse file', [patchedEntry(file('a'), 156, 'S')], /a \w/],
    ...hostileRecords(),
    [
      'a size for the next file (PAX)',
      [pax(paxRecord('size', '99')), file('a')],
      'changes an entry',
    ],
    [
      'a comment with another record after it',
      [pax(`${paxRecord('comment', 'x')}${paxRecord('path', 'evil')}`), file('a')],
      'changes an entry',
    ],
    ['a comment with a wrong length', [pax('99 comment=x\n'), file('a')], 'changes an entry'],
    [
      'a comment with a newline inside',
      [pax(`21 comment=\n9 path=x\n`), file('a')],
      'changes an entry',
    ],
    [
      'a global header',
      [pax(paxRecord('comment', 'x'), 'GlobalExtendedHeader'), file('a')],
      'Global',
    ],
    [
      'a long name of GNU tar',
      [entry({ path: 'L', type: 'NextFileHasLongPath' }, 'evil\0')],
      'LongPath',
    ],
    ['a damaged header', [file('a').fill(1, 0, 1)], 'a damaged header at byte 0'],
    ['a damaged second header', [file('a'), file('b').fill(1, 0, 1)], 'at byte 1024'],
    ['a header without the magic string', [patchedEntry(file('a'), 257, Buffer.alloc(8))], 'magic'],
    ['a header of GNU tar', [patchedEntry(file('a'), 257, 'ustar  \0')], 'magic'],
    [
      'a mode that is not a number',
      [patchedEntry(file('a'), 100, 'rwxrwxr')],
      'a mode that is not',
    ],
    ['a device number that is none', [patchedEntry(file('a'), 329, '0000\xff0 \0')], 'a devmajor'],
    ['a second device number that is none', [patchedEntry(file('a'), 337, '00x')], 'a devminor'],
    [
      'a uid in base 256',
      [patchedEntry(file('a'), 108, Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 1]))],
      'a uid',
    ],
    ['no time', [patchedEntry(file('a'), 136, Buffer.alloc(12))], 'a mtime'],
    ['a size in hexadecimal', [patchedEntry(file('a'), 124, '0x000000001\0')], 'a size'],
    ['nonzero bytes after data', [file('a').fill(1, 1023), file('b')], 'bytes other than zero'],
    ['nonzero bytes after the last data', [file('a').fill(1, 513, 514)], 'other than zero'],
    ['a negative size', [patchedEntry(file('a'), 124, Buffer.alloc(12, 0xff))], /size|damaged/],
    ['no size', [patchedEntry(file('a'), 124, Buffer.alloc(12, ' '))], 'size'],
    ['no name', [patchedEntry(file('a'), 0, '\0')], /name|empty/],
  ])('%s', async (_, parts, words) => {
    const path = await write(...parts, end);
    await expect(indexTar(path)).rejects.toMatchObject({
      code: 'archive-invalid',
      details: {
        found:
          typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words),
      },
    });
  });

  test.each([
    ['one more zero block', Buffer.alloc(512)],
    ['one byte', Buffer.alloc(1)],
    ['a second archive', Buffer.concat([file('b'), end])],
  ])('%s after the end', async (_, more) => {
    const path = await write(file('a'), end, more);
    await expect(indexTar(path)).rejects.toMatchObject({
      code: 'archive-invalid',
      details: { found: 'bytes after the end of the archive' },
    });
  });

  test('a zero block alone, then a file', async () => {
    const path = await write(file('a'), Buffer.alloc(512), file('b'), end);
    await expect(indexTar(path)).rejects.toMatchObject({ code: 'archive-invalid' });
  });

  test('an extended header larger than any padding, before it is read', async () => {
    const size = 17 * 1024 * 1024;
    const path = await write(entry({ path: 'PaxHeader/x', type: 'ExtendedHeader', size }));
    await truncate(path, size + 4096);
    await expect(indexTar(path)).rejects.toMatchObject({
      code: 'archive-invalid',
      details: { found: `an extended header of ${size} bytes` },
    });
  });

  test('more files than a bundle may have', async () => {
    const handle = await open(here('bundle.tar'), 'w');
    const block = 10_000;
    for (let first = 0; first <= limits.maxBundleFiles; first += block) {
      const names = Array.from({ length: block }, (_, n) => `f${first + n}`);
      await handle.writeFile(
        Buffer.concat(names.map((name) => tarFileHeader(name, 0, false, new Date(0)))),
      );
    }
    await handle.writeFile(end);
    await handle.close();
    await expect(indexTar(here('bundle.tar'))).rejects.toMatchObject({
      code: 'archive-invalid',
      details: { found: `more than ${limits.maxBundleFiles} files` },
    });
  });
});

describe('a size that the archive cannot hold', () => {
  test.each([
    ['in octal digits', '77777777777\0'],
    ['in base 256', Buffer.from('800000000000001000000000', 'hex')],
    ['in base 256, beyond exact numbers', Buffer.from('8000000000ffffffffffffff', 'hex')],
  ])('%s', async (_, size) => {
    const path = await write(patchedEntry(file('a'), 124, size), end);
    await expect(indexTar(path)).rejects.toMatchObject({
      code: expect.stringMatching(/^archive-(truncated|invalid)$/),
    });
  });
});

describe('a path without a bundle', () => {
  test('nothing there', async () => {
    await expect(openBundle(here('none.tar'))).rejects.toMatchObject({
      code: 'bundle-not-found',
      details: { subject: here('none.tar'), found: 'nothing there' },
    });
  });

  test('an archive of something else', async () => {
    await expect(openBundle(await write(file('a'), end))).rejects.toMatchObject({
      code: 'bundle-not-found',
    });
  });

  test('a file that is not an archive', async () => {
    await expect(openBundle(await write(Buffer.alloc(4096, 'no')))).rejects.toMatchObject({
      code: 'archive-invalid',
    });
  });

  test('an empty file', async () => {
    await expect(openBundle(await write())).rejects.toMatchObject({ code: 'archive-truncated' });
  });
});
