import { buildError, isCollectorRace } from '../src/build-cli.ts';

test('recognizes the race of the containerd store by its message, and no other failure', () => {
  // A message of Docker 28.5 with containerd 2.1.
  const seen =
    'ERROR: failed to solve: failed to prepare extraction snapshot "extract-218349184-7-fm sha256:cc90": parent snapshot sha256:26a7 does not exist: not found';
  expect(isCollectorRace(seen)).toBe(true);
  expect(
    isCollectorRace('ERROR: failed to solve: process "/bin/sh -c make" did not complete'),
  ).toBe(false);
});

test('reports a full disk as such, and does not ask to fix the build', () => {
  // A message of Docker 28.5.
  const seen =
    'ERROR: failed to build: failed to solve: ResourceExhausted: write /data/overlay2/x/diff/file: no space left on device';
  expect(buildError('web, stage build', seen)).toMatchObject({
    code: 'no-space',
    details: { subject: 'web, stage build', hint: expect.stringContaining('docker system df') },
  });
  expect(buildError('web', 'ERROR: exit code: 1').code).toBe('image-build-failed');
});
