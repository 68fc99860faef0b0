import { lstat, mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutEngine, type Engine } from '@bundle/engine';
import { inspectBundle, verifyBundle } from '@bundle/verify';
import { importBundle } from '../src/import.ts';

// Written by the first release of format version 1. It is never made again: later versions must go on reading it.
const golden = join(import.meta.dirname, '../../../fixtures/golden/bundle-v1.tar');
const digest = 'sha256:9862fb9b62741423c83991cb2a065c022c7dfd404637f0158485696802bd60f8';
const quiet = {
  onProgress: () => undefined,
  onUnrecorded: () => undefined,
  signal: new AbortController().signal,
};

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'golden-'));
});
afterEach(async () => {
  await rm(work, { recursive: true, force: true });
});

test('the golden bundle of format 1 verifies', async () => {
  const report = await verifyBundle(golden, quiet);
  expect(report.findings).toEqual([]);
  expect(report.digest).toBe(digest);
  expect(report.manifest).toMatchObject({
    product: 'golden',
    version: '1.0.0',
    created: '2026-01-01T00:00:00Z',
    platform: { os: 'linux', architecture: 'amd64' },
    envFiles: [{ path: 'api.env', example: 'api.env.example' }],
  });
});

test('the golden bundle of format 1 says which layers its images share', async () => {
  const { images } = await inspectBundle(golden);
  expect(images.map(({ reference }) => reference)).toEqual(['golden-api:1.0', 'golden-web:1.0']);
  expect(images[0]?.layers[0]?.sharedWith).toEqual(['golden-web:1.0']);
  expect(images[0]?.layers[1]?.sharedWith).toEqual([]);
});

test('the golden bundle of format 1 imports: images, files with their modes, current release', async () => {
  const layout = createLayoutEngine(join(work, 'layout'));
  const platform = { os: 'linux', architecture: 'amd64' };
  const engine: Engine = { ...layout, info: async () => ({ ...(await layout.info()), platform }) };
  const stateDir = join(work, 'state');
  const report = await importBundle(engine, { bundle: golden, stateDir, dryRun: false, ...quiet });
  expect(report.outcome).toBe('imported');
  expect((await engine.inspectImage('golden-web:1.0'))?.diffIds).toHaveLength(2);
  const current = join(stateDir, 'golden/current');
  expect(await readlink(current)).toBe(`releases/1.0.0-${digest.slice(7, 19)}`);
  const conf = await readFile(join(current, 'nginx/default.conf'), 'utf8');
  expect(conf).toBe('server { listen 80; }\n');
  expect((await lstat(join(current, 'nginx/entrypoint.sh'))).mode & 0o777).toBe(0o755);
  expect((await lstat(join(current, 'docker-compose.yml'))).mode & 0o777).toBe(0o644);
  expect(report.startCommands.join('\n')).toContain('cp api.env.example api.env');
});
