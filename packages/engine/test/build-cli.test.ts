import { isCollectorRace } from '../src/build-cli.ts';

test('knows the race of the containerd store from its words, and no other failure', () => {
  // As Docker 28.5 with containerd 2.1 said it.
  const seen =
    'ERROR: failed to solve: failed to prepare extraction snapshot "extract-218349184-7-fm sha256:cc90": parent snapshot sha256:26a7 does not exist: not found';
  expect(isCollectorRace(seen)).toBe(true);
  expect(
    isCollectorRace('ERROR: failed to solve: process "/bin/sh -c make" did not complete'),
  ).toBe(false);
});
