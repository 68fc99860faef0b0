import type { Journal, Pending } from '@bundle/host';
import { planPrune } from '../src/remove.ts';
import { finished, planRecovery, previousRelease } from '../src/up/recovery.ts';

const [one, two, three] = ['1-aaaaaaaaaaaa', '2-bbbbbbbbbbbb', '3-cccccccccccc'] as const;
const pending = (step: Pending['step'], action: Pending['action'] = 'up'): Pending => ({
  action,
  from: one,
  to: two,
  step,
  backup: null,
  restore: null,
  began: '2026-01-01T00:00:00Z',
});

describe('after a run that died', () => {
  it.each([
    ['the same again goes on', pending('start'), two, 'up', { kind: 'resume' }],
    ['no version named goes on', pending('back-up'), undefined, 'up', { kind: 'resume' }],
    [
      'a healthy release is switched to, then what is asked is done',
      pending('switch'),
      three,
      'up',
      { kind: 'resume', thenGoOn: true },
    ],
    [
      'a healthy release is switched to, and that is what is asked',
      pending('switch'),
      undefined,
      'up',
      { kind: 'resume', thenGoOn: false },
    ],
    [
      'a rollback goes back from a healthy release, once it is switched to',
      pending('switch'),
      undefined,
      'rollback',
      { kind: 'resume', thenGoOn: true },
    ],
    [
      'another version goes back first',
      pending('start'),
      three,
      'up',
      { kind: 'undo', thenGoOn: true },
    ],
    [
      'the version of before goes back',
      pending('start'),
      one,
      'up',
      { kind: 'undo', thenGoOn: false },
    ],
    [
      'a rollback goes back',
      pending('start'),
      undefined,
      'rollback',
      { kind: 'undo', thenGoOn: false },
    ],
    [
      'going back is finished, not tried again',
      pending('undo'),
      two,
      'up',
      { kind: 'undo', thenGoOn: false },
    ],
    [
      'a rollback that died goes on',
      pending('restore', 'rollback'),
      undefined,
      'rollback',
      { kind: 'resume' },
    ],
  ] as const)('%s', (_, work, wanted, action, expected) => {
    expect(planRecovery(work, wanted, action)).toMatchObject(expected);
  });
});

const journal: Journal = {
  schemaVersion: 1,
  product: 'shop',
  running: { release: two, since: '2026-01-02T00:00:00Z' },
  pending: null,
  history: [
    { release: one, since: '2026-01-01T00:00:00Z', backup: null },
    { release: two, since: '2026-01-02T00:00:00Z', backup: null },
  ],

  failed: [],
};

test('a rollback goes to the last release that ran before and is still there', () => {
  expect(previousRelease(journal, [one, two])).toBe(one);
  expect(previousRelease(journal, [two])).toBeUndefined();
  expect(previousRelease(undefined, [one])).toBeUndefined();
});

test('what has become healthy is what runs, and the copy of the volumes is remembered', () => {
  const done = finished(journal, { ...pending('switch'), to: three, backup: 'b' }, new Date(0));
  expect(done.running).toEqual({ release: three, since: '1970-01-01T00:00:00.000Z' });
  expect(done.history.at(-1)).toMatchObject({ release: three, backup: 'b' });
  expect(finished(journal, pending('switch'), new Date(0)).history).toHaveLength(2);
});

test('prune keeps the newest, what runs, what is current and what is under way', () => {
  const release = (name: string, staged: string) =>
    ({ name, folder: `/r/${name}`, staged, manifest: {} }) as unknown as Parameters<
      typeof planPrune
    >[0]['releases'][number];
  const releases = [
    release(one, '2026-01-01'),
    release(two, '2026-01-02'),
    release(three, '2026-01-03'),
    release('4-dddddddddddd', '2026-01-04'),
  ];
  const names = (keep: number, state: Partial<Parameters<typeof planPrune>[0]>) =>
    planPrune({ releases, current: undefined, journal: undefined, ...state }, keep).map(
      ({ name }) => name,
    );
  expect(names(1, {})).toEqual([three, two, one]);
  expect(names(1, { current: one })).toEqual([three, two]);
  expect(
    names(1, { journal: { ...journal, pending: { ...pending('start'), to: three } } }),
  ).toEqual([]);
  expect(names(4, {})).toEqual([]);
});
