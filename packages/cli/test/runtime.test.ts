import { planRuntimes } from '../src/shared/programs/executables.ts';

const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64', variant: 'v8' };
const riscv = { os: 'linux', architecture: 'riscv64' };

test.each([
  ['the one for its platform', 'platform', amd64, ['linux-x64 runtime/bundle']],
  [
    'the one for its platform, whatever the variant',
    'platform',
    arm64,
    ['linux-arm64 runtime/bundle'],
  ],
  [
    'all, its own under the plain name',
    'all',
    amd64,
    ['linux-x64 runtime/bundle', 'linux-arm64 runtime/bundle-linux-arm64'],
  ],
  [
    'all, its own under the plain name on arm64 too',
    'all',
    arm64,
    ['linux-x64 runtime/bundle-linux-x64', 'linux-arm64 runtime/bundle'],
  ],
  ['none for another platform', 'platform', riscv, []],
] as const)('a bundle carries %s', (_case, choice, platform, expected) => {
  expect(planRuntimes(choice, platform).map(({ name, path }) => `${name} ${path}`)).toEqual(
    expected,
  );
});
