import { nearest, nearestFirst } from '../src/nearest.ts';

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

test('the name that is near comes first, and without one the order stays', () => {
  expect(nearestFirst('shop.yml', ['api.yml', 'shop.yaml'])).toEqual(['shop.yaml', 'api.yml']);
  expect(nearestFirst('other.tar', ['b', 'a'])).toEqual(['b', 'a']);
  expect(nearestFirst('x', [])).toEqual([]);
});
