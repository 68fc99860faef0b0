import { derivedFrom, isPreviousName, localName, previousName } from '../src/derived-names.ts';

const now = new Date('2026-11-24T16:29:48.900Z');
const named = (taken: readonly string[]): Promise<string> =>
  previousName('shop:1', now, async (name) => taken.includes(name));

test('the name of the previous image has the time of the rebuild to the second', async () => {
  expect(await named([])).toBe('shop:1-before-20261124-162948');
});

test('rebuilds within one second get different names', async () => {
  const first = await named([]);
  const second = await named([first]);
  expect(second).toBe('shop:1-before-20261124-162948-2');
  expect(await named([first, second])).toBe('shop:1-before-20261124-162948-3');
  expect([first, second, 'shop:1'].map((name) => isPreviousName(name, 'shop:1'))).toEqual([
    true,
    true,
    false,
  ]);
  expect(isPreviousName(first, 'shop:2')).toBe(false);
});

test('the names of a rebuilt image and of the previous one show which image they belong to', async () => {
  const names = [localName('shop:1', `sha256:${'a'.repeat(64)}`), await named([]), 'shop:1'];
  expect(names.map(derivedFrom)).toEqual(['shop:1', 'shop:1', undefined]);
});
