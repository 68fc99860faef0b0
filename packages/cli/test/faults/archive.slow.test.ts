import { execFile } from 'node:child_process';
import { lstat, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { limits, paths } from '@bundle/format';
import { patchedEntry, paxRecord } from '@bundle/testkit';
import {
  buildBundle,
  contentsOf,
  resign,
  rewrite,
  sha256,
} from '../../../import/test/build-bundle.ts';
import { tarFileHeader } from '../../../store/src/tar-format.ts';
import { list, OfflineHost } from './offline-host.ts';

const run = promisify(execFile);
const end = Buffer.alloc(1024);

let host: OfflineHost;
/** Entries of a good single file, without the end of the archive, to which each test adds. */
let good: Buffer;
let afterFirst: number;
beforeAll(async () => {
  host = await OfflineHost.make();
  const { path } = await buildBundle(host.at('newer.tar'), undefined, {
    version: '2.0',
    sequence: 20,
  });
  const files = [...(await contentsOf(path))].map(([name, content]) =>
    Buffer.concat([tarFileHeader(name, content.length, false, new Date(0)), padded(content)]),
  );
  afterFirst = files[0]?.length ?? 0;
  good = Buffer.concat(files);
});
afterAll(() => host.remove());

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** Type flags of POSIX.1-2001 ustar and of GNU tar. */
const types = {
  file: '0',
  hardLink: '1',
  symbolicLink: '2',
  characterDevice: '3',
  blockDevice: '4',
  fifo: '6',
  extended: 'x',
  global: 'g',
  sparse: 'S',
} as const;
/** Makes an entry as any tar program could write it; its path and target have at most 99 bytes. */
function entry(path: string, type: keyof typeof types, content = '', target = ''): Buffer {
  const header = tarFileHeader('a', Buffer.byteLength(content), false, new Date(0));
  const named = patchedEntry(
    patchedEntry(header, 0, `${path}\0`),
    156,
    `${types[type]}${target}\0`,
  );
  return Buffer.concat([named, padded(Buffer.from(content))]);
}
const file = (path: string): Buffer => entry(path, 'file', 'x');
const link = (path: string, target: string, type: keyof typeof types = 'symbolicLink'): Buffer =>
  entry(path, type, '', target);
const pax = (record: string, type: keyof typeof types = 'extended'): Buffer =>
  entry('PaxHeader/x', type, record);

async function archive(...parts: readonly Buffer[]): Promise<string> {
  const path = host.at('hostile.tar');
  await writeFile(path, Buffer.concat([...parts]));
  return path;
}

const outside = '../../../../../../tmp/bundle-faults-escaped';
const cases: readonly (readonly [row: string, what: string, entries: () => Buffer[]])[] = [
  ['21', 'an absolute path', () => [file('/tmp/bundle-faults-escaped')]],
  ['22', 'repeated slashes', () => [file('////tmp/bundle-faults-escaped')]],
  ['22', 'a backslash', () => [file('..\\bundle-faults-escaped')]],
  ['22', 'a drive', () => [file('C:../bundle-faults-escaped')]],
  ['23', 'a path with ..', () => [file(outside)]],
  ['23', 'a path with .. in the middle', () => [file(`nginx/${outside}`)]],
  ['23', 'a path with .. in the prefix', () => [patchedEntry(file('a'), 345, '../x')]],
  ['24', 'a symbolic link', () => [link('a', '/etc/passwd')]],
  ['24', 'a link, then a file through it', () => [link('nginx', '/tmp'), file('nginx/escaped')]],
  ['25', 'a file where a folder is', () => [file('scripts')]],
  ['25', 'a folder where a file is', () => [file(`${paths.compose}/x`)]],
  ['25', 'a folder replaced by a link', () => [link('scripts', '/tmp')]],
  ['27', 'a hard link', () => [link('a', paths.manifest, 'hardLink')]],
  ['27', 'a hard link out of the bundle', () => [link('a', '/etc/passwd', 'hardLink')]],
  ['28', 'a name that is too long', () => [paxPath('ä'.repeat(limits.maxNameBytes))]],
  ['28', 'a path that is too long', () => [paxPath(`${`${'é'.repeat(90)}/`.repeat(8)}x`)]],
  ['28', 'a path that is too deep', () => [file(`${'d/'.repeat(limits.maxPathDepth)}x`)]],
  ['29', 'a PAX size', () => [pax(paxRecord('size', '99')), file('a')]],
  ['29', 'a PAX size of zero', () => [pax(paxRecord('size', '0')), file('a')]],
  ['30', 'a global header', () => [pax(paxRecord('path', 'x'), 'global'), file('a')]],
  ['31', 'a NUL in a PAX path', () => [pax(paxRecord('path', 'é\0b')), file('a')]],
  ['31', 'a number as a PAX path', () => [pax(paxRecord('path', '7')), file('a')]],
  ['31', 'a PAX path for another file', () => [pax(paxRecord('path', '../evil')), file('a')]],
  ['32', 'a negative size', () => [patchedEntry(file('a'), 124, Buffer.alloc(12, 0xff))]],
  ['32', 'no size', () => [patchedEntry(file('a'), 124, Buffer.alloc(12, ' '))]],
  ['32', 'a sparse file of GNU tar', () => [entry('a', 'sparse', 'x')]],
  ['32', 'a sparse map', () => [pax(paxRecord('GNU.sparse.map', '0,1')), file('a')]],
  ['34', 'a character device', () => [entry('a', 'characterDevice')]],
  ['34', 'a block device', () => [entry('a', 'blockDevice')]],
  ['34', 'a FIFO', () => [entry('a', 'fifo')]],
];
const paxPath = (path: string): Buffer =>
  Buffer.concat([pax(paxRecord('path', path)), patchedEntry(file('long-name'), 0, 'long-name')]);

test('a single file made in this way is good: what follows is refused for its additions', async () => {
  const { code, stdout } = await host.run('verify', await archive(good, end));
  expect({ code, stdout }).toMatchObject({ code: 0 });
});

test.each(cases)('row %s: a single file with %s is refused', async (_row, _what, entries) => {
  // Both after everything else and before most of it.
  for (const parts of [
    [good, ...entries()],
    [good.subarray(0, afterFirst), ...entries(), good.subarray(afterFirst)],
  ])
    await host.refuses(await archive(...parts, end), 56);
  await expect(lstat('/tmp/bundle-faults-escaped')).rejects.toThrow('ENOENT');
});

test('row 33: an entry that is there twice is refused, whichever comes first', async () => {
  await host.refuses(await archive(good, file(paths.compose), end), 56);
  const [first, rest] = [good.subarray(0, afterFirst), good.subarray(afterFirst)];
  await host.refuses(await archive(first, file(paths.compose), rest, end), 56);
});

test('row 35: a single file cut short anywhere is refused', async () => {
  const whole = Buffer.concat([good, end]);
  for (const part of [0.1, 0.35, 0.6, 0.85, 1 - 600 / whole.length, 1 - 1 / whole.length]) {
    const cut = Math.floor(whole.length * part);
    await host.refuses(await archive(whole.subarray(0, cut)), 55);
  }
});

test('row 35: bytes after the end are refused', async () => {
  for (const more of [Buffer.alloc(1), Buffer.alloc(512), Buffer.concat([file('b'), end])])
    await host.refuses(await archive(good, end, more), 56);
});

test('row 26: names that some file systems take for one are refused', async () => {
  const { path } = await buildBundle(host.at('names'), undefined, { version: '2.0', sequence: 20 });
  await writeFile(join(path, 'readme.TXT'), 'x');
  const folder = await host.import(path);
  expect([54, 56, 57]).toContain(folder.code);
  expect(folder.stderr).toContain('readme.TXT');
  // As a bundle lists them, which its maker may do.
  const listed = await listing(host, ['conf/strasse', 'conf/STRASSE']);
  expect(await host.refuses(listed, 57)).toContain('STRASSE');
  const decomposed = await listing(host, ['conf/e\u0301']);
  expect(await host.refuses(decomposed, 56)).toContain('composed form');
});

/** Packs release 2.0 as a folder with more files, which it lists. */
async function listing(on: OfflineHost, names: readonly string[]): Promise<string> {
  const path = on.at('listed');
  await rm(path, { recursive: true, force: true });
  await rm(`${path}.layout`, { recursive: true, force: true });
  await buildBundle(path, undefined, { version: '2.0', sequence: 20 });
  await rewrite(path, (contents) => {
    for (const name of names) contents.set(name, Buffer.from('x'));
    resign(contents, (manifest) => {
      for (const path of names) list(manifest, { path, size: 1, sha256: sha256(Buffer.from('x')) });
    });
  });
  return path;
}

describe('in a folder', () => {
  let path: string;
  beforeEach(async () => {
    path = host.at('folder');
    await rm(path, { recursive: true, force: true });
    await rm(`${path}.layout`, { recursive: true, force: true });
    await buildBundle(path, undefined, { version: '2.0', sequence: 20 });
  });

  test('row 24: a listed file that is a symbolic link is refused', async () => {
    const text = await readFile(join(path, paths.compose));
    await writeFile(host.at('elsewhere'), text);
    await rm(join(path, paths.compose));
    await symlink(host.at('elsewhere'), join(path, paths.compose));
    await host.refuses(path, 56);
  });

  test('row 25: a folder that is a symbolic link is refused', async () => {
    await mkdir(host.at('scripts'), { recursive: true });
    await run('cp', ['-a', `${join(path, 'scripts')}/.`, host.at('scripts')]);
    await rm(join(path, 'scripts'), { recursive: true });
    await symlink(host.at('scripts'), join(path, 'scripts'));
    await host.refuses(path, 56);
  });

  test('row 34: a FIFO and a socket are refused, and nobody waits for them', async () => {
    await run('mkfifo', [join(path, 'pipe')]);
    await host.refuses(path, 56);
    await rm(join(path, 'pipe'));
    await rm(join(path, paths.compose));
    await run('mkfifo', [join(path, paths.compose)]);
    await host.refuses(path, 56);
    await rm(join(path, paths.compose));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(path, paths.compose), resolve));
    await host.refuses(path, 56);
    server.close();
  });
});
