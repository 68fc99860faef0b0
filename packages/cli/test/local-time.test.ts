import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleManifest, writeSampleBundle } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

let work: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'time-'));
  const created = '2026-01-01T20:00:00Z';
  await writeSampleBundle(join(work, 'shop'), { ...sampleManifest(), created });
});
afterAll(() => rm(work, { recursive: true, force: true }));

test.each([
  ['UTC', 'made 2026-01-01 20:00 UTC'],
  ['Asia/Shanghai', 'made 2026-01-02 04:00 UTC+8'],
  ['America/St_Johns', 'made 2026-01-01 16:30 UTC-3:30'],
])('in %s, people read their own time with its zone', async (zone, words) => {
  const { stdout } = await bundle(['inspect', join(work, 'shop')], { env: { TZ: zone } });
  expect(stdout).toContain(words);
});

test('--json has UTC everywhere', async () => {
  const env = { TZ: 'Asia/Shanghai' };
  const { stdout } = await bundle(['inspect', join(work, 'shop'), '--json'], { env });
  expect(stdout).toContain('2026-01-01T20:00:00Z');
});
