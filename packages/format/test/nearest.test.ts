import { nearest } from '../src/nearest.ts';

const fields = ['product', 'version', 'withSource', 'withEnv', 'platform'];

test.each([
  ['withsource', 'withSource'],
  ['Version', 'version'],
  ['prodct', 'product'],
  ['plattform', 'platform'],
])('%s means %s', (word, meant) => {
  expect(nearest(word, fields)).toBe(meant);
});

test.each(['', 'x', 'services', '中文', 'a'.repeat(10_000)])('%.20s is near to nothing', (word) => {
  expect(nearest(word, fields)).toBeUndefined();
});
