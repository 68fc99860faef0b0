import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync } from 'node:zlib';
import {
  compressFrame,
  frameBytes,
  OrderedQueue,
  releaseFrame,
  zstdLevel,
} from '../src/compress.ts';
import { StreamHasher } from '../src/stream-hasher.ts';
import { packTar } from '../src/tar-pack.ts';
import { readTar } from '../src/tar-read.ts';
import { unzstd } from '../src/unzstd.ts';

const compressOnce = promisify(zstdCompress);
const never = new AbortController().signal;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const equal = (a: Buffer | undefined, b: Buffer | undefined): boolean =>
  a !== undefined && b !== undefined && a.equals(b);

test('frames compress to the same bytes each time', async () => {
  const part = Buffer.concat([Buffer.alloc(300_000, 'a'), randomBytes(50_000)]);
  const [first, second] = await Promise.all([compressFrame(part), compressFrame(part)]);
  expect(equal(first, second)).toBe(true);
});

test('a frame has the bytes that zstdCompress of Node makes of it', async () => {
  for (const size of [0, 1, 5_000, 300_000, frameBytes]) {
    const part = Buffer.concat([Buffer.alloc(size - (size >> 1), 'a'), randomBytes(size >> 1)]);
    const params = { [constants.ZSTD_c_compressionLevel]: zstdLevel };
    const expected = await compressOnce(part, { params, pledgedSrcSize: size });
    expect(equal(await compressFrame(part), expected)).toBe(true);
  }
});

test('a released frame takes no memory, and those beside it stay as they are', async () => {
  const large = randomBytes(200_000);
  const [small, other, released] = await Promise.all(
    [large.subarray(0, 9), large, large].map(compressFrame),
  );
  const before = Buffer.concat([small ?? large, other ?? large]);
  releaseFrame(released ?? large);
  expect(released?.buffer.byteLength).toBe(0);
  releaseFrame(small ?? large);
  expect(equal(Buffer.concat([small ?? large, other ?? large]), before)).toBe(true);
});

test.each([1, 7, 1000, 65_536, 10_000_000])(
  'a sequence of frames is read back complete from pieces of %d bytes',
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

test('a truncated or damaged zstd stream fails', async () => {
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

test('results arrive in the order in which they were started', async () => {
  const seen: number[] = [];
  const queue = new OrderedQueue<number>(async (value) => void seen.push(value));
  for (let i = 0; i < 20; i += 1) await queue.push(sleep((20 - i) % 7, i));
  await queue.end();
  expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test('a failed result ends the sequence at its place', async () => {
  const seen: number[] = [];
  const queue = new OrderedQueue<number>(async (value) => void seen.push(value));
  await queue.push(Promise.resolve(1));
  await queue.push(Promise.reject(new Error('broken')));
  await queue.push(Promise.resolve(3));
  await expect(queue.end()).rejects.toThrow('broken');
  expect(seen).toEqual([1]);
});

test('two streams that alternate on one thread get their own digests', async () => {
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

test('content with a size other than announced fails the archive', async () => {
  for (const size of [3, 5]) {
    const archive = packTar([{ path: 'a', size, content: Buffer.from('four') }], () => undefined);
    await expect(buffer(archive)).rejects.toThrow('announced');
  }
});

test('an archive that ends between two entries is not taken for a complete one', async () => {
  const entries = [{ path: 'a', size: 4, content: Buffer.from('four') }];
  const whole = await buffer(packTar(entries, () => undefined));
  const read = async (): Promise<void> => {
    const archive = Readable.from([whole.subarray(0, 1024)]);
    for await (const entry of readTar(archive, never, () => undefined)) await buffer(entry);
  };
  await expect(read()).rejects.toMatchObject({
    code: 'engine-failed',
    details: { found: 'no end-of-archive blocks' },
  });
});

test('an archive that breaks off or is abandoned never leaves its reader waiting', async () => {
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

test('stopping a zstd stream early also stops reading its source', async () => {
  const frame = await compressFrame(randomBytes(100_000));
  let read = 0;
  let isClosed = false;
  const source = async function* (): AsyncGenerator<Buffer> {
    try {
      for (; read < 1000; read++) yield frame;
    } finally {
      isClosed = true;
    }
  };
  for await (const _ of unzstd(source())) break;
  for (let waited = 0; !isClosed && waited < 100; waited++) await sleep(50);
  expect(isClosed).toBe(true);
  expect(read).toBeLessThan(100);
});

test('a hash thread that fails or is closed leaves no caller waiting, then or later', async () => {
  const failed = new StreamHasher();
  const hash = failed.stream();
  // No bytes can cause this; it stands in for an unforeseen fault.
  const waiting = hash.update('text' as never).then(() => hash.update(5 as never));
  await expect(waiting).rejects.toThrow();
  await expect(failed.stream().update(Buffer.from('later'))).rejects.toThrow();
  await expect(hash.digest()).rejects.toThrow();
  await failed.close();

  const closed = new StreamHasher();
  const pending = closed.stream().update(Buffer.alloc(50_000_000));
  await Promise.all([closed.close(), expect(pending).rejects.toThrow('has ended')]);
  await expect(closed.stream().digest()).rejects.toThrow('has ended');
});
