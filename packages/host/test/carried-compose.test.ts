import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { carriedCompose } from '../src/carried-compose.ts';

let state: string;
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'carried-'));
});
afterEach(() => rm(state, { recursive: true, force: true }));

async function release(name: string, bytes: Buffer): Promise<string> {
  const packed = join(state, 'shop/releases', name, 'runtime/docker-compose.zst');
  await mkdir(dirname(packed), { recursive: true });
  await writeFile(packed, bytes);
  return dirname(packed);
}

test('the Compose program of a release is unpacked once and then reused', async () => {
  expect(await carriedCompose(join(state, 'absent'))).toBeUndefined();
  const folder = await release('1.0-aaaaaaaaaaaa', zstdCompressSync('the program'));
  await release('2.0-bbbbbbbbbbbb.partial', zstdCompressSync('half'));
  const program = join(folder, 'docker-compose');
  expect(await Promise.all([carriedCompose(state), carriedCompose(state)])).toEqual([
    program,
    program,
  ]);
  expect(await readFile(program, 'utf8')).toBe('the program');
  expect((await stat(program)).mode & 0o777).toBe(0o755);
  await release('0.9-cccccccccccc', zstdCompressSync('another'));
  expect(await carriedCompose(state)).toBe(program);
});

test.each([
  ['damaged', Buffer.from('no zstd'), 'state-unwritable'],
  [
    'larger than any Compose',
    zstdCompressSync(Buffer.alloc(257 * 1024 * 1024)),
    'manifest-invalid',
  ],
])('one that is %s leaves nothing', async (_case, bytes, code) => {
  const folder = await release('1.0-aaaaaaaaaaaa', bytes);
  await expect(carriedCompose(state)).rejects.toMatchObject({ code });
  expect(await readdir(folder)).toEqual(['docker-compose.zst']);
});
