import type { BuildStep } from '../src/build.ts';
import { createBuildProgress } from '../src/build-progress.ts';

const vertex = (fields: object): string =>
  JSON.stringify({ vertexes: [{ digest: 'sha256:1', name: '[app 2/3] RUN make', ...fields }] });
const started = '2026-01-01T00:00:00Z';
const completed = '2026-01-01T00:00:02.500Z';

test('reports a step when it starts and when it is done, with its duration', () => {
  const told: BuildStep[] = [];
  const progress = createBuildProgress((step) => told.push(step));
  progress.line(vertex({}));
  progress.line(vertex({ started }));
  progress.line(vertex({ started, completed }));
  expect(told).toEqual([
    { name: '[app 2/3] RUN make', state: 'running', seconds: 0 },
    { name: '[app 2/3] RUN make', state: 'run', seconds: 2.5 },
  ]);
  expect(progress.steps()).toEqual(told.slice(1));
});

test('reports a cached step as reused, also in indented documents', () => {
  const progress = createBuildProgress(() => undefined);
  const text = JSON.stringify(JSON.parse(vertex({ started, completed, cached: true })), null, 2);
  for (const line of text.split('\n')) progress.line(line);
  expect(progress.steps()).toEqual([{ name: '[app 2/3] RUN make', state: 'reused', seconds: 0 }]);
});

test('leaves out vertexes that are not steps of the Dockerfile', () => {
  const progress = createBuildProgress(() => undefined);
  for (const name of ['[internal] load build context', 'exporting to image', '[auth] x/y token']) {
    progress.line(vertex({ name, started, completed }));
  }
  expect(progress.steps()).toEqual([]);
});

test.each(['{"vertexes": 1}', '{vertexes}'])(
  '%s, which no known buildx writes, fails with a code',
  (line) => {
    const progress = createBuildProgress(() => undefined);
    expect(() => progress.line(line)).toThrow(
      expect.objectContaining({
        code: 'engine-failed',
        details: expect.objectContaining({ found: expect.stringContaining(line) }),
      }),
    );
  },
);

test('shows the end of the failed step’s output', () => {
  const progress = createBuildProgress(() => undefined);
  const data = Buffer.from('fetching\nno route to host\n').toString('base64');
  progress.line(JSON.stringify({ logs: [{ vertex: 'sha256:1', data }] }));
  progress.line(vertex({ started, completed, error: 'exit code: 1' }));
  progress.line('Dockerfile:5');
  progress.line('ERROR: failed to solve: exit code: 1');
  expect(progress.failure()).toBe(
    'fetching\nno route to host\nERROR: failed to solve: exit code: 1',
  );
  expect(progress.steps()).toMatchObject([{ state: 'failed' }]);
});
