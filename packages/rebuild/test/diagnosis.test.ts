import {
  capturedOnCheck,
  imagesCheck,
  previousCheck,
  spaceCheck,
  toolCheck,
} from '../src/diagnosis.ts';
import type { RebuildableRelease } from '../src/release.ts';

test.each([
  [5_000_000_000, 1_000_000_000, 'ok'],
  [500_000_000, 1_000_000_000, 'warning'],
  [99_999_999, 0, 'problem'],
  [100_000_000, 0, 'ok'],
])('%d bytes free where %d are needed is %s', (free, needed, state) => {
  const check = spaceCheck('engine disk', '/var/lib/docker', free, needed);
  expect(check.state).toBe(state);
  expect(check.hint === undefined).toBe(state === 'ok');
});

test('a missing plugin is a problem, with the package to install', () => {
  expect(toolCheck('buildx', undefined, 'install it')).toMatchObject({
    state: 'problem',
    hint: 'install it',
  });
  expect(toolCheck('buildx', '0.29.1', 'install it')).toEqual({
    name: 'buildx',
    state: 'ok',
    found: '0.29.1',
  });
});

test('it is fine when no image is missing', () => {
  expect(imagesCheck([], 7)).toMatchObject({ state: 'ok', found: '7 of 7 present' });
});

test('only names that a rebuild of this application gave count as previous images', () => {
  const names = [
    'a:1-before-20261124-101010',
    'a:1',
    'b:not-before-long',
    'c:2-before-20250101-000000',
    'other:1-before-20240101-000000',
  ];
  expect(previousCheck(names, ['a:1', 'c:2'])).toMatchObject({
    found: '2, kept for undoing',
    hint: expect.stringContaining('a:1-before-20261124-101010'),
  });
});

test('another engine release is a warning only if a step has a mount', () => {
  const release = (text: string): RebuildableRelease =>
    ({
      engine: '28.5.2',
      recipes: [{ services: ['web'], steps: [{ dependency: true, text, line: 3 }] }],
    }) as unknown as RebuildableRelease;
  const info = { version: '26.1.4' } as Parameters<typeof capturedOnCheck>[1];
  expect(capturedOnCheck(release('RUN --mount=type=secret,id=x npm ci'), info)).toMatchObject({
    state: 'warning',
    found: expect.stringContaining('web line 3'),
  });
  expect(capturedOnCheck(release('RUN npm ci'), info).state).toBe('ok');
  expect(capturedOnCheck(release('RUN --mount=x y'), { ...info, version: '28.0.1' }).state).toBe(
    'ok',
  );
});

test('a cache made portable by the export is not a warning', () => {
  const step = { dependency: true, text: 'RUN --mount=type=secret,id=x npm ci', line: 3 };
  const release = (portable: readonly string[]): RebuildableRelease =>
    ({
      engine: '28.5.2',
      store: 'containerd',
      recipes: [{ services: ['web'], steps: [step], portable }],
    }) as unknown as RebuildableRelease;
  const on = (version: string, store: 'graph-driver' | 'containerd') => ({ version, store });
  const state = (portable: readonly string[], ...engine: Parameters<typeof on>) =>
    capturedOnCheck(release(portable), on(...engine)).state;
  expect(state(['store', 'release'], '26.1.4', 'graph-driver')).toBe('ok');
  expect(state(['store'], '28.0.0', 'graph-driver')).toBe('ok');
  expect(state(['store'], '26.1.4', 'containerd')).toBe('warning');
  expect(state(['release'], '26.1.4', 'containerd')).toBe('ok');
  expect(state(['release'], '26.1.4', 'graph-driver')).toBe('warning');
});

test('a capture from a containerd store is a warning on a graph driver, but not the reverse', () => {
  const step = { dependency: true, text: 'RUN npm ci', line: 3 };
  const release = (store: RebuildableRelease['store']): RebuildableRelease =>
    ({
      engine: '28.5.2',
      store,
      recipes: [{ services: ['web'], steps: [step] }],
    }) as unknown as RebuildableRelease;
  const on = (store: 'graph-driver' | 'containerd') => ({ version: '28.5.2', store });
  expect(capturedOnCheck(release('containerd'), on('graph-driver'))).toMatchObject({
    state: 'warning',
    found: expect.stringContaining('web line 3'),
    hint: expect.stringContaining('graph-driver image store'),
  });
  expect(capturedOnCheck(release('containerd'), on('containerd')).state).toBe('ok');
  expect(capturedOnCheck(release('graph-driver'), on('containerd')).state).toBe('ok');
  expect(capturedOnCheck(release(undefined), on('graph-driver')).state).toBe('ok');
});
