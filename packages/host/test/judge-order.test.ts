import { type Digest, limits } from '@bundle/format';
import { channelOf, judgeOrder, withImported } from '../src/order/judge-order.ts';
import { nothingSeen, type Seen } from '../src/order/seen.ts';

const digest = (digit: string | number): Digest =>
  `sha256:${String(digit).padStart(64, '0')}` as Digest;
const at = (sequence: number, name: string | number, channel = 'stable', instance = 'shop') => ({
  channel,
  instance,
  sequence,
  digest: digest(name),
});
/** What a host has seen that imported these, in this order. */
const seenOf = (...bundles: readonly ReturnType<typeof at>[]): Seen =>
  bundles.reduce((seen, one) => withImported(seen, one, false), nothingSeen);
const verdict = (seen: Seen, candidate: ReturnType<typeof at>) =>
  judgeOrder(seen, candidate).verdict;

test('a higher sequence is newer, a lower one older, whatever else is imported', () => {
  const seen = seenOf(at(5, 'a'), at(9, 'b'), at(7, 'c'));
  expect(verdict(seen, at(10, 'd'))).toBe('newer');
  expect(verdict(seen, at(9, 'b'))).toBe('same');
  expect(verdict(seen, at(8, 'd'))).toBe('older');
  expect(verdict(seen, at(5, 'a'))).toBe('older');
  expect(verdict(nothingSeen, at(0, 'a'))).toBe('newer');
});

test('of bundles with one sequence, the order of their first import counts', () => {
  const seen = seenOf(at(5, 'a'), at(5, 'b'), at(5, 'b'));
  expect(verdict(seen, at(5, 'a'))).toBe('replayed');
  expect(verdict(seen, at(5, 'b'))).toBe('same');
  expect(verdict(seen, at(5, 'c'))).toBe('newer');
});

test('a channel has an order of its own, and an instance follows the last one', () => {
  const seen = seenOf(at(5, 'a'), at(2, 'b', 'beta'));
  expect(verdict(seen, at(5, 'a'))).toBe('same');
  expect(verdict(seen, at(1, 'c', 'beta'))).toBe('older');
  expect(verdict(seen, at(1, 'c', 'constructor'))).toBe('newer');
  expect(channelOf(seen, 'shop')).toBe('beta');
  expect(channelOf(seen, 'toString')).toBeUndefined();
});

test('after a sequence that was far too high, the instance counts from the one that was let in', () => {
  const highest = seenOf(at(Number.MAX_SAFE_INTEGER, 'a'));
  const seen = withImported(highest, at(3, 'b'), true);
  expect(verdict(seen, at(4, 'c'))).toBe('newer');
  expect(verdict(seen, at(2, 'c'))).toBe('older');
  // For others, what the host has seen is as high as it was.
  expect(verdict(seen, at(4, 'c', 'stable', 'other'))).toBe('older');
});

test('an instance that was let back counts on its own until it has caught up with the host', () => {
  const back = withImported(seenOf(at(5, 'a'), at(9, 'b')), at(5, 'a'), true);
  expect(verdict(back, at(5, 'a'))).toBe('same');
  expect(verdict(back, at(7, 'c'))).toBe('newer');
  const onTheWay = withImported(back, at(7, 'c'), false);
  expect(verdict(onTheWay, at(5, 'a'))).toBe('older');
  expect(verdict(onTheWay, at(8, 'd'))).toBe('newer');
  const there = withImported(onTheWay, at(9, 'b'), false);
  expect(there.instances).toEqual([{ name: 'shop', channel: 'stable' }]);
  expect(verdict(there, at(8, 'd'))).toBe('older');
});

test('thousands of bundles with one sequence are remembered up to a bound', () => {
  let seen = nothingSeen;
  for (let index = 0; index < limits.maxSeenBundles + 5; index += 1)
    seen = withImported(seen, at(1, index), false);
  expect(seen.channels[0]?.bundles).toHaveLength(limits.maxSeenBundles);
  expect(verdict(seen, at(1, limits.maxSeenBundles))).toBe('replayed');
});
