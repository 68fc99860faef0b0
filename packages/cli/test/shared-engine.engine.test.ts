import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBusybox, docker, type EngineName, engineEnv } from '@bundle/testkit';
import { startOnTerminal, Talk } from './run-bundle.ts';
import { bundleOn, ending, packRelease, pageImage } from './small-app.ts';

// Somebody else's images are of these applications too: what the engine had before an import has to be there afterwards.
const engines: readonly EngineName[] =
  process.env['BUNDLE_TEST_SWEEP'] === '1'
    ? ['offline-28', 'offline-28-containerd']
    : ['offline-28'];
const base = pageImage('shared-test/base:1', 'of both');
const own = pageImage('shared-test/own:1', 'of one');
const quick = ['--yes', '--up', '--settle', '0.5', '--timeout', '30'];

let work: string;
const bundles: Record<string, string> = {};
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'shared-'));
  const services = '  base: {image: "shared-test/base:1", stop_signal: SIGKILL}\n';
  for (const [product, compose] of [
    [
      'shared-a',
      `services:\n${services}  own: {image: "shared-test/own:1", stop_signal: SIGKILL}\n`,
    ],
    ['shared-b', `services:\n${services}`],
  ] as const) {
    const images = product === 'shared-a' ? [base, own] : [base];
    bundles[product] = await packRelease(work, { product, version: '1', images, compose });
  }
});
afterAll(() => rm(work, { recursive: true, force: true }));

describe.each(engines)('on %s', (engine) => {
  const first = () => join(work, 'first state');
  const second = () => join(work, 'second');
  const start = (state: string, product: string) =>
    ending(0, bundleOn(engine, state, ['import', bundles[product] ?? '', ...quick]));
  const remove = async (state: string, ...args: string[]) =>
    (await ending(0, bundleOn(engine, state, ['uninstall', '--yes', ...args]))).stdout;
  const names = async () =>
    (await docker(engine, 'images', '--format', '{{.Repository}}:{{.Tag}}', 'shared-test/*'))
      .split('\n')
      .filter(Boolean)
      .sort();
  const notes = () => docker(engine, 'volume', 'ls', '-q', '--filter', 'name=bundle-note-shared');
  const clear = async () => {
    for (const state of [first(), second()])
      for (const name of ['shared-a', 'shared-b'])
        await bundleOn(engine, state, ['uninstall', '--yes', '--name', name]);
    for (const name of await names()) await docker(engine, 'rmi', '-f', name);
    await rm(first(), { recursive: true, force: true });
    await rm(second(), { recursive: true, force: true });
  };
  beforeEach(clear);
  afterAll(clear);

  test('what the engine had before the import stays; what came with it goes', async () => {
    await buildBusybox('connected', base);
    const archive = join(work, 'base.tar');
    await docker('connected', 'save', '-o', archive, 'shared-test/base:1');
    await docker(engine, 'load', '-i', archive);
    await start(first(), 'shared-a');
    const removed = await remove(first());
    expect(removed).toContain('kept shared-test/base:1: it did not come with an import');
    expect(await names()).toEqual(['shared-test/base:1']);
    expect(await notes()).toBe('');
  });

  test('what a release in another state folder needs stays until the last one goes', async () => {
    await start(first(), 'shared-a');
    await start(second(), 'shared-b');
    expect(await remove(first())).toContain(`shared-b in ${second()} needs it`);
    const left = await names();
    expect(left).toHaveLength(2);
    expect(left[0]).toBe('shared-test/base:1');
    expect((await ending(0, bundleOn(engine, second(), ['status', '--json']))).stdout).toContain(
      '"state": "running"',
    );
    await remove(second());
    expect(await names()).toEqual([]);
    expect(await notes()).toBe('');
  });

  test('what a container of somebody else uses stays, with its name', async () => {
    await start(first(), 'shared-a');
    await docker(engine, 'create', '--name', 'shared-test-other', 'shared-test/own:1');
    try {
      const removed = await remove(first());
      expect(removed).toContain('the container shared-test-other uses it');
      expect(removed).not.toContain('HTTP code');
      expect(await names()).toContain('shared-test/own:1');
    } finally {
      await docker(engine, 'rm', 'shared-test-other');
    }
  });

  test('the same application in two state folders: the second one is told where the first one is', async () => {
    await start(first(), 'shared-b');
    const again = ['import', bundles['shared-b'] ?? '', ...quick];
    const { stderr } = await ending(81, bundleOn(engine, second(), again));
    expect(stderr).toContain(`--state-dir '${first()}'`);
    expect(stderr).not.toContain('docker compose -p');
    // Nor does the removal of the second one end the first one.
    await ending(0, bundleOn(engine, second(), ['import', bundles['shared-b'] ?? '', '--yes']));
    const other = await bundleOn(engine, second(), ['status']);
    expect(other.stdout).toContain(`bundle status --state-dir '${first()}'`);
    expect(other.stdout).toMatch(/never started +stopped/);
    expect(other.stdout).not.toContain('degraded');
    expect(await remove(second(), '--volumes')).not.toContain('kept shared-b');
    const { stdout } = await ending(0, bundleOn(engine, first(), ['status', '--json']));
    expect(stdout).toContain('"state": "running"');
  });

  test('what a deleted state folder left on the engine is found, and removed on request', async () => {
    await start(first(), 'shared-a');
    await ending(0, bundleOn(engine, first(), ['uninstall', '--yes', '--dry-run']));
    await docker(engine, 'rm', '-f', 'shared-a-own-1', 'shared-a-base-1');
    await start(second(), 'shared-b');
    await rm(first(), { recursive: true });
    const pruned = await ending(0, bundleOn(engine, second(), ['prune', '--yes']));
    expect(pruned.stderr).toContain(`shared-a in ${first()}`);
    expect(pruned.stderr).toContain('bundle prune --vanished');
    const args = ['prune', '--vanished', '--yes'];
    const { stderr } = await ending(0, bundleOn(engine, second(), [...args, '--dry-run']));
    expect(stderr).toBe('');
    const removed = await ending(0, bundleOn(engine, second(), args));
    // Other tests on this engine leave state folders that vanish, too.
    expect(removed.stdout).toMatch(/[0-9]+ image names/);
    expect((await names()).map((name) => name.split('-')[0])).toEqual(['shared', 'shared']);
    expect(await names()).not.toContain('shared-test/own:1');
    expect(await notes()).toContain('shared-b');
    expect(await notes()).not.toContain('shared-a');
    expect((await ending(0, bundleOn(engine, second(), args))).stdout).toContain(
      'Nothing to remove',
    );
  });

  test('what is imported while somebody thinks about a removal stays', async () => {
    await start(first(), 'shared-a');
    const args = ['uninstall', '--state-dir', first(), '--name', 'shared-a'];
    const session = new Talk(startOnTerminal(args, { env: await engineEnv(engine) }));
    expect(await session.shows('(Y/n)')).toContain('shared-test/base:1');
    await ending(0, bundleOn(engine, second(), ['import', bundles['shared-b'] ?? '', '--yes']));
    session.type('y\r');
    const { code, stdout } = await session.result;
    expect(code).toBe(0);
    expect(stdout).toContain(`shared-b in ${second()} needs it`);
    expect(await names()).toContain('shared-test/base:1');
    expect(await names()).not.toContain('shared-test/own:1');
  });
});
