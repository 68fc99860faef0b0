import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { damagedPart } from '../src/bundle-source.ts';
import { streamVerified } from '../src/extent.ts';
import { hashExtents } from '../src/hash-pool.ts';
import { startHashThread } from '../src/hash-thread.ts';

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'hash-'));
});
afterAll(async () => {
  await rm(work, { recursive: true, force: true });
});

const never = new AbortController().signal;
const quiet = { onBytes: () => undefined, signal: never };
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const equal = (a: Buffer, b: Buffer): boolean => a.equals(b);

test.each(['when they are needed', 'ahead'])(
  'files are hashed on several threads that start %s, with the results in order',
  async (when) => {
    if (when === 'ahead') startHashThread();
    const sizes = [0, 5_000_000, 1, 30_000_000, 700];
    const jobs = await Promise.all(
      sizes.map(async (size, i) => {
        const file = join(work, `f${i}`);
        const bytes = randomBytes(size);
        await writeFile(file, bytes);
        return { name: file, extent: { file, offset: 0, size }, sha256: sha256(bytes) };
      }),
    );
    let counted = 0;
    const onBytes = (count: number): void => {
      counted += count;
    };
    const results = await hashExtents(jobs, { onBytes, signal: never });
    expect(results.map((result) => result.sha256)).toEqual(jobs.map((job) => job.sha256));
    expect(counted).toBe(sizes.reduce((a, b) => a + b));
  },
);

test('an unreadable file is reported by name, and the others are hashed', async () => {
  const file = join(work, 'there');
  await writeFile(file, 'x');
  const results = await hashExtents(
    [
      { name: 'gone', extent: { file: join(work, 'gone'), offset: 0, size: 1 } },
      { name: 'there', extent: { file, offset: 0, size: 1 } },
    ],
    quiet,
  );
  expect(results[0]?.reason).toContain('ENOENT');
  expect(results[1]?.sha256).toBe(sha256(Buffer.from('x')));
});

test('a file that changed after it was verified never arrives complete', async () => {
  const file = join(work, 'swapped');
  const bytes = randomBytes(3_000_000);
  await writeFile(file, bytes);
  const read = (hash: string) =>
    buffer(streamVerified({ file, offset: 0, size: bytes.length }, hash, 'blob'));
  expect(equal(await read(sha256(bytes)), bytes)).toBe(true);
  let arrived = 0;
  const wrong = async (): Promise<void> => {
    const extent = { file, offset: 0, size: bytes.length };
    for await (const chunk of streamVerified(extent, '0'.repeat(64), 'blob'))
      arrived += chunk.length;
  };
  await expect(wrong()).rejects.toMatchObject({ code: 'digest-mismatch' });
  expect(arrived).toBeLessThan(bytes.length);
});

/** Makes a file of zeros that takes no disk space. */
async function sparse(name: string, size: number) {
  const file = join(work, name);
  const handle = await open(file, 'w');
  await handle.truncate(size);
  await handle.close();
  return { name, file, size, sha256: '0'.repeat(64) };
}

test('when a fault stops one thread, the others stop at once', async () => {
  const { file } = await sparse('large', 400e6);
  const extent = { file, offset: 0, size: 400e6 };
  // No file can cause this; it stands in for an unforeseen fault.
  const faulty = { file, offset: 0, size: 1, segments: 5 as never };
  let counted = 0;
  const onBytes = (count: number): void => {
    counted += count;
  };
  const jobs = [
    { name: 'faulty', extent: { ...extent, size: 401e6 }, to: faulty },
    ...Array.from({ length: 8 }, (_, i) => ({ name: `${i}`, extent })),
  ];
  await expect(hashExtents(jobs, { onBytes, signal: never })).rejects.toThrow('iterable');
  const atEnd = counted;
  await sleep(500);
  expect(counted).toBe(atEnd);
  expect(counted).toBeLessThan(8 * 400e6);
});

test('the search for the damaged part reports progress, and can be stopped', async () => {
  const parts = await Promise.all([1, 2, 3, 4].map((i) => sparse(`part${i}`, 400e6)));
  const stop = new AbortController();
  const seen: number[] = [];
  const search = damagedPart('list', parts, {
    onProgress: ({ doneBytes, totalBytes }) => {
      expect(totalBytes).toBe(4 * 400e6);
      seen.push(doneBytes);
      if (doneBytes > 100e6) stop.abort();
    },
    signal: stop.signal,
  });
  await expect(search).rejects.toMatchObject({ code: 'interrupted' });
  expect(seen.length).toBeGreaterThan(2);
  expect(Math.max(...seen)).toBeLessThan(800e6);
});
