import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobPath } from '@bundle/format';
import { openBundle, requireEntry } from '@bundle/store';
import { bundleCommand, docker, onEngine, printedBy } from '@bundle/testkit';
import { bundleOn, ending, packBuilt } from '../small-app.ts';
import { spread } from './kills.ts';

const product = 'poison-test';
const image = `${product}/web:1`;
let work: string;
let bundle: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'poison-'));
  bundle = await packBuilt(work, product, ['RUN echo step > /step'], []);
});
afterAll(() => rm(work, { recursive: true, force: true }));

describe.each(['offline-28', 'offline-28-containerd'] as const)('on %s', (engine) => {
  let state: string;
  let source: string;
  // The legacy builder takes whatever image lies in its cache for a step.
  const legacy = { DOCKER_BUILDKIT: '0' };
  const run = (...args: string[]) => bundleOn(engine, state, args, legacy);
  const rebuild = (...args: string[]) => run('rebuild', '--source', source, '--json', ...args);
  const imageNow = async () =>
    (await docker(engine, 'image', 'inspect', '-f', '{{.Id}}', image)).trim();

  beforeEach(async () => {
    state = await mkdtemp(join(work, 'state-'));
    source = await mkdtemp(join(work, 'source-'));
    await cp(join(work, 'project'), source, { recursive: true });
    await ending(0, run('import', bundle, '--yes'));
    await docker(engine, 'builder', 'prune', '-af');
    await writeFile(join(source, 'www/index.html'), `changed ${Date.now()}\n`);
  });
  afterEach(async () => {
    await run('uninstall', '--yes');
    const all = await docker(engine, 'images', '--format', '{{.Repository}}:{{.Tag}}');
    const own = all.split('\n').filter((name) => /poison-test|bundle-cache/.test(name));
    if (own.length > 0) await docker(engine, 'rmi', '-f', ...own);
  });

  const stepsOf = (stdout: string): { name: string; state: string }[] =>
    JSON.parse(stdout).images.flatMap(({ steps }: { steps: [] }) => steps);

  test('row 14: a rebuild never uses the legacy builder', async () => {
    const { stdout } = await ending(0, rebuild());
    const reused = stepsOf(stdout).filter((step) => step.state === 'reused');
    expect(reused.map(({ name }) => name).join()).toContain('RUN echo step');
  });

  test('row 14: a cache image replaced by another one is not built from', async () => {
    const cached = (await docker(engine, 'images', '--format', '{{.Repository}}:{{.Tag}}'))
      .split('\n')
      .filter((name) => name.startsWith('bundle-cache/'));
    expect(cached.length).toBeGreaterThan(0);
    const before = await imageNow();
    for (const name of cached) await docker(engine, 'tag', `${product}/base:1`, name);
    // Its bundle is gone: the poisoned images cannot be replaced.
    await rename(bundle, `${bundle}.away`);
    try {
      const { stdout } = await ending(35, rebuild());
      expect(stdout).toContain(cached[0]);
      expect(await imageNow()).toBe(before);
    } finally {
      await rename(`${bundle}.away`, bundle);
    }
    // With the bundle they are loaded again.
    const { stdout } = await ending(0, rebuild());
    const ran = stepsOf(stdout).filter((step) => step.state !== 'reused');
    expect(ran.map(({ name }) => name).join()).not.toContain('RUN echo step');
  });

  test('row 14: a bundle whose cache was changed ends in a digest error, and nothing is built', async () => {
    const cached = (await docker(engine, 'images', '--format', '{{.Repository}}:{{.Tag}}'))
      .split('\n')
      .filter((name) => name.startsWith('bundle-cache/'));
    const before = await imageNow();
    await docker(engine, 'rmi', '-f', ...cached);
    const poisoned = join(work, `poisoned-${engine}.tar`);
    await cp(bundle, poisoned);
    const opened = await openBundle(poisoned);
    const manifest = JSON.parse(
      (await ending(0, onEngine(engine, [...bundleCommand, 'inspect', bundle, '--json']))).stdout,
    ).manifest;
    const cache = manifest.images.find(({ reference }: { reference: string }) =>
      cached.includes(reference),
    );
    const extent = requireEntry(opened, blobPath(cache.layers.at(-1).digest));
    const bytes = await readFile(poisoned);
    bytes.writeUInt8(bytes.readUInt8(extent.offset + 40) ^ 1, extent.offset + 40);
    await writeFile(poisoned, bytes);
    const { stdout } = await ending(51, rebuild('--bundle', poisoned));
    expect(JSON.parse(stdout).error.code).toBe('digest-mismatch');
    expect(await imageNow()).toBe(before);
  });

  test('row 14: a changed cache in the state folder changes no result', async () => {
    const layout = join(state, product, 'current/build-cache/layout');
    const blobs = (await readdir(layout, { recursive: true })).filter((path) =>
      /blobs\/sha256\/\w/.test(path),
    );
    expect(blobs.length).toBeGreaterThan(1);
    for (const path of spread(blobs, 2)) {
      const file = join(layout, path);
      const bytes = await readFile(file);
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(changed.length >> 1) ^ 1, changed.length >> 1);
      await writeFile(file, changed);
      const before = await imageNow();
      const { code } = await rebuild();
      await writeFile(file, bytes);
      // The engine knows each document by its digest: it has it already, or refuses the changed one.
      if (code !== 0) expect(await imageNow()).toBe(before);
      expect(await printedBy(engine, image, 'cat', '/step')).toBe('step');
      await writeFile(join(source, 'www/index.html'), `changed ${Date.now()}\n`);
    }
  });
});

test('row 15: a build whose frontend comes from a registry is left out of rebuilds, and named', async () => {
  const folder = join(work, 'frontend');
  await packBuilt(folder, 'frontend-test', ['RUN echo step > /step'], []);
  const file = join(folder, 'project/Dockerfile');
  const text = await readFile(file, 'utf8');
  await writeFile(file, `# syntax=registry.example.invalid/frontend:1\n${text}`);
  const args = ['export', join(folder, 'project'), '-o', join(folder, 'named.tar'), '--no-runtime'];
  const words = [...bundleCommand, ...args, '--product', 'frontend-test', '--no-progress'];
  const { stdout, stderr } = await ending(0, onEngine('connected', words));
  expect(stdout + stderr).toContain('registry.example.invalid/frontend:1');
  const inspected = [...bundleCommand, 'inspect', join(folder, 'named.tar'), '--json'];
  const { manifest } = JSON.parse((await ending(0, onEngine('connected', inspected))).stdout);
  const paths = manifest.files.map(({ path }: { path: string }) => path);
  expect(paths.filter((path: string) => path.includes('recipes'))).toEqual([]);
});
