import {
  BundleError,
  chainIds,
  exitCodes,
  packedReference,
  parsePlatform,
  parseReference,
  runsOn,
} from '../src/index.ts';

test('chain IDs follow the image-spec', () => {
  const a = 'sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
  const b = 'sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb';
  // printf '%s %s' A B | sha256sum
  expect(chainIds([a, b])).toEqual([
    a,
    'sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c',
  ]);
});

test.each([
  ['nginx', 'nginx:latest'],
  ['docker.io/library/nginx:1.27', 'nginx:1.27'],
  ['registry.local:5000/team/app', 'registry.local:5000/team/app:latest'],
  ['[fd00::1]:5000/team/app', '[fd00::1]:5000/team/app:latest'],
  ['[fd00::1]/app:2', '[fd00::1]/app:2'],
  [`nginx@sha256:${'1'.repeat(64)}`, `nginx:sha256-${'1'.repeat(12)}`],
  [`nginx:1@sha256:${'1'.repeat(64)}`, 'nginx:1'],
])('the image %s is packed as %s', (text, packed) => {
  const parsed = parseReference(text);
  expect(parsed && packedReference(parsed)).toBe(packed);
});

const notImages = ['[fd00::1]:5000', '[fd00::1]app', '[x]/a', 'fd00::1/a', 'a/[fd00::1]/b'];

test.each(['', 'Upper/case', 'a b', 'a:', '../x', 'a@sha256:1', ...notImages])(
  '%j is not an image',
  (text) => {
    expect(parseReference(text)).toBeUndefined();
  },
);

test('a variant counts only when both sides name one', () => {
  const arm = { os: 'linux', architecture: 'arm' };
  expect(parsePlatform('linux/x86_64')).toEqual({ os: 'linux', architecture: 'amd64' });
  expect(runsOn({ ...arm, variant: 'v7' }, arm)).toBe(true);
  expect(runsOn({ ...arm, variant: 'v7' }, { ...arm, variant: 'v6' })).toBe(false);
  expect(runsOn({ os: 'linux', architecture: 'arm64' }, arm)).toBe(false);
});

test('an error gives operation, subject, expected and found on one line', () => {
  const error = new BundleError('size-mismatch', {
    operation: 'checking',
    subject: 'README.txt',
    expected: '5 bytes',
    found: '4 bytes',
  });
  expect(error.message).toBe('checking README.txt: expected 5 bytes, found 4 bytes');
  expect(error.exitCode).toBe(exitCodes['size-mismatch']);
});

test('the message of an error stays on one line even if `found` has several', () => {
  const found = 'api: restarting\n Container shop-api-1  Error\n\ndependency failed to start\n';
  const error = new BundleError('start-failed', { operation: 'starting', subject: 'shop', found });
  expect(error.message).toBe(
    'starting shop: found api: restarting; Container shop-api-1  Error; dependency failed to start',
  );
  expect(error.details.found).toBe(found);
});

test('every kind of failure has its own exit code', () => {
  const codes = Object.values(exitCodes);
  expect(new Set(codes).size).toBe(codes.length);
});
