import { lstat, mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutEngine, type Engine } from '@bundle/engine';
import { inspectBundle, verifyBundle } from '@bundle/verify';
import { importBundle } from '../src/import.ts';

// Written by releases of format version 1. They are never regenerated, because later versions must be able to read
// them.
const folder = join(import.meta.dirname, '../../../fixtures/golden');
const golden = join(folder, 'bundle-v1.tar');
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

function engineOf(work: string): Engine {
  const layout = createLayoutEngine(join(work, 'layout'));
  const platform = { os: 'linux', architecture: 'amd64' };
  return { ...layout, info: async () => ({ ...(await layout.info()), platform }) };
}

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

test('the golden bundle of format 1 tells which layers its images share', async () => {
  const { images } = await inspectBundle(golden);
  expect(images.map(({ reference }) => reference)).toEqual(['golden-api:1.0', 'golden-web:1.0']);
  expect(images[0]?.layers[0]?.sharedWith).toEqual(['golden-web:1.0']);
  expect(images[0]?.layers[1]?.sharedWith).toEqual([]);
});

test('the golden bundle of format 1.4 imports, with names in other scripts, spaces, and a long one', async () => {
  const bundle = join(folder, 'bundle-v1.4.tar');
  const stateDir = join(work, 'state');
  const report = await importBundle(engineOf(work), { bundle, stateDir, dryRun: false, ...quiet });
  expect(report.outcome).toBe('imported');
  expect(report.digest).toBe(
    'sha256:179f719ec82a0de96915548e0f7ea5e24f60aad56eb255816deddb62ef5b245c',
  );
  const current = join(stateDir, 'golden/current');
  expect(await readFile(join(current, '配置/应用 设置.conf'), 'utf8')).toBe('听 = 80\n');
  expect(await readFile(join(current, `页面 目录/${'很'.repeat(80)}.html`), 'utf8')).toBe('长\n');
  expect((await lstat(join(current, '页面 目录/Größe (neu).sh'))).mode & 0o777).toBe(0o755);
  expect(report.startCommands).toContain(
    "cp '配置/数据库.env.example' '配置/数据库.env'   # then fill it in",
  );
});

test('the golden bundle of format 1 imports: images, files with their modes, current release', async () => {
  const engine = engineOf(work);
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
