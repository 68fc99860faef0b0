import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashWhile } from '../src/hash-files.ts';

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'hash-files-'));
});
afterAll(async () => {
  await rm(work, { recursive: true, force: true });
});

test('a failure beside the hashing ends it at once: a medium of 64 GiB is not read to its end', async () => {
  const size = 32 * 2 ** 30;
  const paths = ['a', 'b'];
  for (const path of paths) {
    await writeFile(join(work, path), '');
    await truncate(join(work, path), size);
  }
  const entries = new Map(
    paths.map((path) => [path, { file: join(work, path), offset: 0, size }] as const),
  );
  const files = paths.map((path) => ({ path, size, sha256: '0'.repeat(64) }));
  let hashed = 0;
  const onBytes = (count: number): void => {
    hashed += count;
  };
  const failing = async (): Promise<object> => {
    await sleep(20);
    throw new Error('no checksums');
  };
  const signal = new AbortController().signal;
  await expect(hashWhile(failing, entries, files, { onBytes, signal })).rejects.toThrow(
    'no checksums',
  );
  await sleep(100);
  const before = hashed;
  await sleep(300);
  expect(hashed).toBe(before);
  expect(hashed).toBeLessThan(size / 4);
});
