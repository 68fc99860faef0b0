import { uncoveredSteps } from '../src/builds/coverage.ts';

const digest = (n: number): string => `sha256:${String(n).repeat(64)}`;

function config(layers: number, covered: readonly number[]): object {
  const cache = covered.map((layer) => ({ digest: digest(layer), layers: [{ layer }] }));
  return {
    rootfs: { diff_ids: Array.from({ length: layers }, (_, index) => digest(index)) },
    history: [
      { created_by: 'base' },
      { created_by: 'RUN one' },
      { created_by: 'ENV a=b', empty_layer: true },
      { created_by: 'COPY two' },
    ],
    'moby.buildkit.cache.v0': Buffer.from(JSON.stringify(cache)).toString('base64'),
  };
}

test('a cache with a record for each own layer covers every step', () => {
  expect(uncoveredSteps(config(3, [1, 2]), 1)).toEqual([]);
});

test('a layer without a record is reported by the step that made it', () => {
  expect(uncoveredSteps(config(3, [1]), 1)).toEqual(['COPY two']);
  expect(uncoveredSteps(config(3, [2]), 1)).toEqual(['RUN one']);
});

test('layers of the base image are ignored, however many entries its history has', () => {
  expect(uncoveredSteps(config(5, [3, 4]), 3)).toEqual([]);
  expect(uncoveredSteps(config(5, [4]), 3)).toEqual(['RUN one']);
});

test.each([
  ['is not JSON', 'moby'],
  ['has another form', Buffer.from('{"records": []}').toString('base64')],
  [
    'has a field of another type',
    Buffer.from('[{"digest": "x", "layers": "all"}]').toString('base64'),
  ],
  ['is not text', 7],
])('cache metadata that %s is not judged', (_, text) => {
  expect(uncoveredSteps({ ...config(3, []), 'moby.buildkit.cache.v0': text }, 1)).toBeUndefined();
});

test('an image without cache metadata covers nothing', () => {
  const { 'moby.buildkit.cache.v0': _, ...plain } = config(3, []) as Record<string, unknown>;
  expect(uncoveredSteps(plain, 1)).toEqual(['RUN one', 'COPY two']);
});
