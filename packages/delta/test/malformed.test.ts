import { applyDelta } from '@bundle/delta';
import { BundleError } from '@bundle/format';
import { randomFrom } from '@bundle/testkit';
import { ByteReader } from '../src/byte-reader.ts';
import { chunksOf, deltaOf, layerOf, noise, tarOf } from './layers.ts';

/** More with BUNDLE_TEST_MUTATIONS=5000, and others with BUNDLE_TEST_SEED. */
const mutations = Number(process.env['BUNDLE_TEST_MUTATIONS'] ?? 600);
const seed = Number(process.env['BUNDLE_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const random = randomFrom(seed);
const words = (count: number): string =>
  Array.from({ length: count }, () => Math.floor(random() * 900).toString(36)).join(' ');
const code = noise(150_000, random);
code.write('\x7fELF', 0, 'latin1');
const moved = Buffer.concat([code.subarray(0, 70_000), noise(100, random), code.subarray(70_000)]);
for (let at = 8; at < moved.length; at += 900) moved[at] = (moved[at] ?? 0) + 3;

const before = tarOf([
  ...Array.from({ length: 30 }, (_, index) => ({ path: `f${index}`, content: words(40) })),
  { path: 'program', content: code },
]);
const after = tarOf([
  ...Array.from({ length: 30 }, (_, index) => ({
    path: index % 5 === 0 ? `g${index}` : `f${index}`,
    content: index % 3 === 0 ? words(40) : '',
    time: 1_700_000_001,
  })),
  { path: 'program', content: moved },
]);

/** Returns a delta with a few faults: changed, missing, repeated or inserted bytes, or an end too soon. */
function mutate(delta: Buffer): Buffer {
  let bytes = Buffer.from(delta);
  const count = 1 + Math.floor(random() * 3);
  for (let index = 0; index < count; index++) {
    const at = Math.floor(random() * bytes.length);
    const length = 1 + Math.floor(random() * 9);
    const kind = Math.floor(random() * 6);
    if (kind <= 1) bytes[at] = random() * 256;
    else if (kind === 2) bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    else if (kind === 3)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    else if (kind === 4)
      bytes = Buffer.concat([bytes.subarray(0, at), noise(length, random), bytes.subarray(at)]);
    else
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        bytes.subarray(at - length, at),
        bytes.subarray(at),
      ]);
  }
  return random() < 0.1 ? bytes.subarray(0, random() * bytes.length) : bytes;
}

test(`of ${mutations} damaged deltas none makes more than declared, and the refused ones are refused by name (seed ${seed})`, async () => {
  const delta = await deltaOf([before], after);
  for (let round = 0; round < mutations; round++) {
    let made = 0;
    const damaged = mutate(delta);
    try {
      for await (const bytes of applyDelta([layerOf(before)], chunksOf(damaged), {
        size: after.length,
      })) {
        made += bytes.length;
      }
      // Damage that zstd does not notice gives other bytes, which the caller finds by their digest.
      expect({ round, made }).toEqual({ round, made: after.length });
    } catch (error) {
      if (!(error instanceof BundleError))
        throw new Error(`seed ${seed}, round ${round}`, { cause: error });
      expect({ round, code: error.code }).toEqual({ round, code: 'delta-invalid' });
    }
    expect(made).toBeLessThanOrEqual(after.length);
  }
});

test('a number of nine bytes is refused, though its value is small (docs/bundle-format.md §18.1)', async () => {
  const long = [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
  const delta = Buffer.from([...Buffer.from('OBDELTA1'), ...long, 0]);
  const made = async (): Promise<void> => {
    for await (const _ of applyDelta([layerOf(before)], chunksOf(delta), { size: 0 }));
  };
  const error = { code: 'delta-invalid', details: { expected: 'a number of at most 8 bytes' } };
  await expect(made()).rejects.toMatchObject(error);
  const reader = new ByteReader(Uint8Array.from(long));
  expect(() => reader.number()).toThrow(/at most 8 bytes/);
  expect(new ByteReader(Uint8Array.from([...long.slice(0, 7), 0])).number()).toBe(1);
});
