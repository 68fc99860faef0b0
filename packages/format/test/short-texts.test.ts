import { shortDigest, shortHexOf } from '../src/digest.ts';
import { megabytes } from '../src/megabytes.ts';

test('a digest is shortened to 12 digits, and stays what it is where it is none', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
  expect(shortDigest(digest)).toBe('sha256:0123456789ab');
  expect(shortHexOf(digest)).toBe('0123456789ab');
  expect(shortDigest('')).toBe('');
  expect(shortHexOf('')).toBe('');
});

test.each([
  [0, '0.0 MB'],
  [12_340_000, '12.3 MB'],
  [999_900_000, '999.9 MB'],
  [1e9, '1.00 GB'],
  [1_254_000_000, '1.25 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(megabytes(bytes)).toBe(text);
});
