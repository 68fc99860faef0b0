import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Header } from 'tar';
import { openBundle } from '../src/bundle-source.ts';
import { paddedSize, tarFileHeader, tarPadding } from '../src/tar-format.ts';
import { indexTar } from '../src/tar-index.ts';

const run = promisify(execFile);
const time = new Date(0);
let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'tar-'));
});
afterAll(async () => {
  await rm(work, { recursive: true, force: true });
});

const end = Buffer.alloc(1024);
function file(path: string, text: string): Buffer {
  const bytes = Buffer.from(text);
  const padding = Buffer.alloc(paddedSize(bytes.length) - bytes.length);
  return Buffer.concat([tarFileHeader(path, bytes.length, false, time), bytes, padding]);
}
function header(fields: ConstructorParameters<typeof Header>[0]): Buffer {
  const block = Buffer.alloc(512);
  new Header({ uid: 0, gid: 0, ...fields }).encode(block, 0);
  return block;
}
async function written(...parts: Buffer[]): Promise<string> {
  const path = join(work, 'archive.tar');
  await writeFile(path, Buffer.concat(parts));
  return path;
}

const good = [
  file('bundle.json', '{}'),
  tarPadding(2048, time),
  file('nginx/default.conf', 'server {}'),
];

test('an archive with padding is listed as GNU tar lists it', async () => {
  const path = await written(...good, end);
  const { stdout } = await run('tar', ['-tf', path]);
  expect([...(await indexTar(path)).keys()]).toEqual(stdout.trim().split('\n'));
});

test('an archive truncated anywhere is refused', async () => {
  const whole = Buffer.concat([...good, end]);
  for (let size = 0; size < whole.length; size += 256) {
    const path = await written(whole.subarray(0, size));
    await expect(indexTar(path)).rejects.toMatchObject({ code: 'archive-truncated' });
  }
});

const pax = (record: string): Buffer =>
  Buffer.concat([
    header({ path: 'x', type: 'ExtendedHeader', size: record.length, mode: 0o644, mtime: time }),
    Buffer.alloc(512, 0).fill(record, 0, record.length),
  ]);
const broken = Buffer.from(tarFileHeader('a', 0, false, time));
broken[0] = 0x62;

test.each<[string, Buffer[]]>([
  ['a file twice', [file('a', '1'), file('a', '2')]],
  ['a path out of the bundle', [file('../a', '1')]],
  ['an absolute path', [header({ path: '/a', type: 'File', size: 0, mtime: time })]],
  ['a Windows drive', [file('C:/a', '1')]],
  ['a name that is not composed', [file('a\u0308', '1')]],
  ['a symbolic link', [header({ path: 'a', type: 'SymbolicLink', linkpath: '/etc', size: 0 })]],
  ['a hard link', [header({ path: 'a', type: 'Link', linkpath: 'b', size: 0 })]],
  ['a device', [header({ path: 'a', type: 'CharacterDevice', size: 0 })]],
  ['a FIFO', [header({ path: 'a', type: 'FIFO', size: 0 })]],
  ['a folder', [header({ path: 'a/', type: 'Directory', size: 0 })]],
  ['a PAX record that renames the next file', [pax('12 path=abc\n'), file('a', '1')]],
  ['a PAX record that changes the next file’s size', [pax('11 size=99\n'), file('a', '1')]],
  ['a global PAX header', [header({ path: 'g', type: 'GlobalExtendedHeader', size: 0 })]],
  ['a header with a wrong checksum', [broken]],
])('an archive with %s is refused', async (_what, parts) => {
  const path = await written(...parts, end);
  await expect(indexTar(path)).rejects.toMatchObject({ code: 'archive-invalid' });
});

test.each([1, 512, 1024])('%d bytes after the end are refused', async (count) => {
  const path = await written(...good, end, Buffer.alloc(count, 1));
  await expect(indexTar(path)).rejects.toMatchObject({ code: 'archive-invalid' });
});

test('a file size beyond the end of the archive is reported as truncation', async () => {
  const huge = header({ path: 'a', type: 'File', size: 2 ** 40, mode: 0o644, mtime: time });
  await expect(indexTar(await written(huge, end))).rejects.toMatchObject({
    code: 'archive-truncated',
  });
});

test('a tar that is not a bundle is not opened as one', async () => {
  const path = await written(file('readme', 'hello'), end);
  await expect(openBundle(path)).rejects.toMatchObject({ code: 'bundle-not-found' });
});

test('a folder with a link or a pipe is refused', async () => {
  const folder = await mkdtemp(join(work, 'folder-'));
  await writeFile(join(folder, 'bundle.json'), '{}');
  await run('ln', ['-s', '/etc/passwd', join(folder, 'link')]);
  await expect(openBundle(folder)).rejects.toMatchObject({ code: 'archive-invalid' });
  await run('rm', [join(folder, 'link')]);
  await run('mkfifo', [join(folder, 'pipe')]);
  await expect(openBundle(folder)).rejects.toMatchObject({ code: 'archive-invalid' });
});
