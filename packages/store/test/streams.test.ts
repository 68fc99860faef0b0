import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, zstdCompressSync } from 'node:zlib';
import { compressFrame, OrderedQueue } from '../../archive/src/compress.ts';
import { StreamHasher } from '../../archive/src/stream-hasher.ts';
import { packTar } from '../../archive/src/tar-pack.ts';
import { readTar } from '../../archive/src/tar-read.ts';
import { unzstd } from '../../archive/src/unzstd.ts';
import { streamVerified } from '../src/extent.ts';
import { hashExtents } from '../src/hash-pool.ts';
import { startHashThread } from '../src/hash-thread.ts';

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'streams-'));
});
afterAll(async () => {
  await rm(work, { recursive: true, force: true });
});

const never = new AbortController().signal;
const quiet = { onBytes: () => undefined, signal: never };
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const equal = (a: Buffer | undefined, b: Buffer | undefined): boolean =>
  a !== undefined && b !== undefined && a.equals(b);

test('frames compress to the same bytes each time', async () => {
  const part = Buffer.concat([Buffer.alloc(300_000, 'a'), randomBytes(50_000)]);
  const [first, second] = await Promise.all([compressFrame(part), compressFrame(part)]);
  expect(equal(first, second)).toBe(true);
});

test.each([1, 7, 1000, 65_536, 10_000_000])(
  'frames in a row are read back whole from pieces of %d bytes',
  async (size) => {
    const parts = [
      Buffer.alloc(30_000, 'a'),
      randomBytes(5_000),
      Buffer.from('end'),
      Buffer.alloc(300_000),
    ];
    const checked = zstdCompressSync(Buffer.from('sum'), {
      params: { [constants.ZSTD_c_checksumFlag]: 1 },
    });
    const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const frames = await Promise.all(parts.map(compressFrame));
    const stored = Buffer.concat([...frames.slice(0, 2), skippable, checked, ...frames.slice(2)]);
    const pieces = async function* (): AsyncGenerator<Buffer> {
      for (let at = 0; at < stored.length; at += size) yield stored.subarray(at, at + size);
    };
    const plain: Buffer[] = [];
    for await (const chunk of unzstd(pieces())) plain.push(chunk);
    const expected = Buffer.concat([...parts.slice(0, 2), Buffer.from('sum'), ...parts.slice(2)]);
    expect(equal(Buffer.concat(plain), expected)).toBe(true);
  },
);

test('a zstd stream cut short or damaged fails', async () => {
  const frame = await compressFrame(randomBytes(50_000));
  for (const stored of [frame.subarray(0, 40_000), Buffer.concat([Buffer.from('junk'), frame])]) {
    const read = async (): Promise<number> => {
      let count = 0;
      for await (const chunk of unzstd(Readable.from([stored]))) count += chunk.length;
      return count;
    };
    await expect(read()).rejects.toThrow();
  }
});

test('results come in the order in which they were begun', async () => {
  const seen: number[] = [];
  const queue = new OrderedQueue<number>(async (value) => void seen.push(value));
  for (let i = 0; i < 20; i += 1) await queue.push(sleep((20 - i) % 7, i));
  await queue.end();
  expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test('a failed result ends the row where it stands', async () => {
  const seen: number[] = [];
  const queue = new OrderedQueue<number>(async (value) => void seen.push(value));
  await queue.push(Promise.resolve(1));
  await queue.push(Promise.reject(new Error('broken')));
  await queue.push(Promise.resolve(3));
  await expect(queue.end()).rejects.toThrow('broken');
  expect(seen).toEqual([1]);
});

test('digests of two streams that alternate on one thread are their own', async () => {
  const hasher = new StreamHasher();
  try {
    const streams = [hasher.stream(), hasher.stream()];
    const data = [randomBytes(10_000), randomBytes(10_000)];
    for (let at = 0; at < 10_000; at += 1000) {
      await Promise.all(
        streams.map((s, i) => s.update((data[i] ?? Buffer.alloc(0)).subarray(at, at + 1000))),
      );
    }
    expect(await Promise.all(streams.map((s) => s.digest()))).toEqual(data.map(sha256));
  } finally {
    await hasher.close();
  }
});

test.each(['when they are needed', 'ahead'])(
  'files are hashed on several threads that start %s, and answered in order',
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

test('a file that cannot be read is told by name, the others are hashed', async () => {
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

test('a file that changed since it was verified never arrives whole', async () => {
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

test('an archive made on the fly is read back entry by entry', async () => {
  const entries = [1, 2, 3].map((n) => ({
    path: `f${n}`,
    size: n * 1000,
    content: randomBytes(n * 1000),
  }));
  const seen: [string, Buffer][] = [];
  for await (const entry of readTar(
    packTar(entries, () => undefined),
    never,
    () => undefined,
  )) {
    seen.push([entry.path, await buffer(entry)]);
  }
  expect(seen).toEqual(entries.map(({ path, content }) => [path, content]));
});

test('content of another size than announced fails the archive', async () => {
  for (const size of [3, 5]) {
    const archive = packTar([{ path: 'a', size, content: Buffer.from('four') }], () => undefined);
    await expect(buffer(archive)).rejects.toThrow('announced');
  }
});

test('an archive that ends between two entries is not taken for a whole one', async () => {
  const entries = [{ path: 'a', size: 4, content: Buffer.from('four') }];
  const whole = await buffer(packTar(entries, () => undefined));
  const read = async (): Promise<void> => {
    const archive = Readable.from([whole.subarray(0, 1024)]);
    for await (const entry of readTar(archive, never, () => undefined)) await buffer(entry);
  };
  await expect(read()).rejects.toMatchObject({
    code: 'engine-failed',
    details: { found: 'no end of the archive' },
  });
});

test('an archive that breaks off, or is given up, never leaves its reader waiting', async () => {
  const broken = async function* (): AsyncGenerator<Buffer> {
    yield randomBytes(1000);
    throw new Error('the engine went away');
  };
  const waiting = async function* (): AsyncGenerator<Buffer> {
    yield randomBytes(1000);
    await sleep(60_000, undefined, { ref: false });
  };
  const interrupt = new AbortController();
  const read = async (content: () => AsyncIterable<Buffer>): Promise<void> => {
    const archive = packTar([{ path: 'a', size: 5000, content }], () => undefined);
    for await (const entry of readTar(archive, interrupt.signal, () => undefined))
      await buffer(entry);
  };
  await expect(read(broken)).rejects.toThrow('the engine went away');
  setTimeout(() => interrupt.abort(), 50);
  await expect(read(waiting)).rejects.toMatchObject({ code: 'interrupted' });
});
