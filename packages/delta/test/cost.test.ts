import { randomFrom } from '@bundle/testkit';
import { deltaOf, noise, rebuilt, tarOf } from './layers.ts';

const random = randomFrom(11);
const text = (words: number): string =>
  Array.from({ length: words }, () => Math.floor(random() * 900_000).toString(36)).join(' ');

async function costOf(before: Buffer, after: Buffer): Promise<number> {
  const delta = await deltaOf([before], after);
  expect((await rebuilt([before], delta, after.length)).equals(after)).toBe(true);
  return delta.length;
}

test('a hundred places of a file that does not compress cost what changed, and 5 bytes each', async () => {
  const content = noise(5_000_000, random);
  const changed = Buffer.from(content);
  for (let place = 0; place < 100; place++) changed.set(noise(500, random), place * 49_999 + 1000);
  const layer = (bytes: Buffer): Buffer => tarOf([{ path: 'data', content: bytes }]);
  expect(await costOf(layer(content), layer(changed))).toBeLessThan(50_500);
});

test('words that were changed, inserted and removed in a large text cost these words', async () => {
  const [start, removed, middle, end] = [text(30_000), text(500), text(60_000), text(30_000)];
  const before = tarOf([{ path: 'text', content: `${start}${removed}${middle}${end}` }]);
  const words = text(10);
  const after = tarOf([
    {
      path: 'text',
      content: `INSERTED ${start}${middle.slice(0, 200_000)}${words}${middle.slice(200_060)}${end}`,
    },
  ]);
  expect(await costOf(before, after)).toBeLessThan(250);
});

test('a text that was cut short, and one that begins later, cost nothing', async () => {
  const content = text(30_000);
  const before = tarOf([{ path: 'text', content }]);
  const shorter = tarOf([{ path: 'text', content: content.slice(0, 70_000) }]);
  const later = tarOf([{ path: 'text', content: content.slice(70_000) }]);
  expect(await costOf(before, shorter)).toBeLessThan(110);
  expect(await costOf(before, later)).toBeLessThan(110);
});

test('long rows of one byte in a changed text take no minutes to search', async () => {
  const [row, words] = [' '.repeat(900_000), text(1000)];
  const before = tarOf([{ path: 'text', content: `${row}${words}${row}` }]);
  const after = tarOf([{ path: 'text', content: `${words}${row}.${row}${words}` }]);
  expect(await costOf(before, after)).toBeLessThan(8000);
});

test('a program that has only short parts of the old one, in another order, costs less than half of it', async () => {
  // Like instructions, each byte has few values.
  const bytesOf = (length: number): Buffer =>
    Buffer.from(Array.from({ length }, () => Math.floor(random() * 32)));
  const old = bytesOf(200_000);
  const parts = Array.from({ length: 15_000 }, () => {
    const from = Math.floor(random() * 199_980);
    return old.subarray(from, from + 12);
  });
  const layer = (content: Buffer): Buffer => tarOf([{ path: 'program', content }]);
  expect(await costOf(layer(old), layer(Buffer.concat(parts)))).toBeLessThan(60_000);
});
