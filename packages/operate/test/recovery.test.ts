import type { Journal, Pending } from '@bundle/host';
import { planPrune } from '../src/remove.ts';
import { continuedRelease, finished, planRecovery, previousRelease } from '../src/up/recovery.ts';

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
    ['the same request continues', pending('start'), two, 'up', { kind: 'resume' }],
    [
      'a request without a version continues',
      pending('back-up'),
      undefined,
      'up',
      { kind: 'resume' },
    ],
    [
      'a healthy release is switched to, then the request is done',
      pending('switch'),
      three,
      'up',
      { kind: 'resume', thenGoOn: true },
    ],
    [
      'a healthy release is switched to, which completes the request',
      pending('switch'),
      undefined,
      'up',
      { kind: 'resume', thenGoOn: false },
    ],
    [
      'a rollback from a healthy release begins after the switch to it',
      pending('switch'),
      undefined,
      'rollback',
      { kind: 'resume', thenGoOn: true },
    ],
    [
      'a request for another version rolls back first',
      pending('start'),
      three,
      'up',
      { kind: 'undo', thenGoOn: true },
    ],
    [
      'a request for the previous version rolls back',
      pending('start'),
      one,
      'up',
      { kind: 'undo', thenGoOn: false },
    ],
    [
      'a rollback during a start rolls back',
      pending('start'),
      undefined,
      'rollback',
      { kind: 'undo', thenGoOn: false },
    ],
    [
      'an interrupted automatic rollback is finished, and the upgrade is not tried again',
      pending('undo'),
      two,
      'up',
      { kind: 'undo', thenGoOn: false },
    ],
    [
      'an interrupted rollback continues',
      pending('restore', 'rollback'),
      undefined,
      'rollback',
      { kind: 'resume' },
    ],
  ] as const)('%s', (_, work, wanted, action, expected) => {
    const release = wanted ?? continuedRelease(work, action);
    expect(planRecovery(work, release, action, false)).toMatchObject(expected);
  });

  it.each([
    ['during its start, that start is undone first', pending('start'), 'undo'],
    ['once it is healthy, it is switched to first', pending('switch'), 'resume'],
  ] as const)('if the same release is requested with other settings %s', (_, work, kind) => {
    for (const wanted of [two, continuedRelease(work, 'up')])
      expect(planRecovery(work, wanted, 'up', true)).toEqual({ kind, thenGoOn: true });
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

test('a rollback chooses the last release that ran before and is still staged', () => {
  expect(previousRelease(journal, [one, two])).toBe(one);
  expect(previousRelease(journal, [two])).toBeUndefined();
  expect(previousRelease(undefined, [one])).toBeUndefined();
});

test('a healthy release is recorded as running, with the copy of the volumes', () => {
  const done = finished(journal, { ...pending('switch'), to: three, backup: 'b' }, new Date(0));
  expect(done.running).toEqual({ release: three, since: '1970-01-01T00:00:00.000Z' });
  expect(done.history.at(-1)).toMatchObject({ release: three, backup: 'b' });
  expect(finished(journal, pending('switch'), new Date(0)).history).toHaveLength(2);
});

test('prune keeps the newest releases, and those that run, are current or are in progress', () => {
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
