import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { carriedPlugin } from '../src/carried-program.ts';

let state: string;
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'carried-'));
});
afterEach(() => rm(state, { recursive: true, force: true }));

async function release(name: string, bytes: Buffer, plugin = 'compose'): Promise<string> {
  const packed = join(state, 'shop/releases', name, `runtime/docker-${plugin}.zst`);
  await mkdir(dirname(packed), { recursive: true });
  await writeFile(packed, bytes);
  return dirname(packed);
}

test('the Compose program of a release is unpacked once and then reused', async () => {
  expect(await carriedPlugin(join(state, 'absent'), 'compose')).toBeUndefined();
  const folder = await release('1.0-aaaaaaaaaaaa', zstdCompressSync('the program'));
  await release('2.0-bbbbbbbbbbbb.partial', zstdCompressSync('half'));
  const program = join(folder, 'docker-compose');
  expect(
    await Promise.all([carriedPlugin(state, 'compose'), carriedPlugin(state, 'compose')]),
  ).toEqual([program, program]);
  expect(await readFile(program, 'utf8')).toBe('the program');
  expect((await stat(program)).mode & 0o777).toBe(0o755);
  await release('0.9-cccccccccccc', zstdCompressSync('another'));
  expect(await carriedPlugin(state, 'compose')).toBe(program);
});

test('buildx is found beside Compose, in whichever release carries it', async () => {
  await release('1.0-aaaaaaaaaaaa', zstdCompressSync('Compose'));
  expect(await carriedPlugin(state, 'buildx')).toBeUndefined();
  const folder = await release('2.0-bbbbbbbbbbbb', zstdCompressSync('buildx'), 'buildx');
  expect(await carriedPlugin(state, 'buildx')).toBe(join(folder, 'docker-buildx'));
  expect(await readFile(join(folder, 'docker-buildx'), 'utf8')).toBe('buildx');
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
  await expect(carriedPlugin(state, 'compose')).rejects.toMatchObject({ code });
  expect(await readdir(folder)).toEqual(['docker-compose.zst']);
});
