import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { instanceOf, withLock } from '@bundle/host';
import { docker, type EngineName, onEngine } from '@bundle/testkit';
import { bundleOn, ending, healthy, packBuilt, pageOn, restartEngine } from './small-app.ts';

// Rebuilt images are started, keep running, and are undone; ones that are not started are reported.

const engine: EngineName = 'offline-28';
const port = 8093;
const image = 'rebuild-up/web:1';

let work: string;
const state = () => join(work, 'state');
const project = (...path: string[]): string => join(work, 'project', ...path);
const run = (...args: string[]) => bundleOn(engine, state(), args);
const up = (...args: string[]) => run('up', '--yes', '--settle', '0.5', ...args);
const page = () => pageOn(engine, port);
const status = async () => (await ending(0, run('status'))).stdout;
const rebuildWith = async (text: string, ...args: string[]) => {
  await writeFile(project('www/index.html'), `${text}\n`);
  return run('rebuild', 'web', '--source', project(), ...args);
};
const outcomeOf = async (...args: string[]) =>
  JSON.parse((await ending(0, run('rebuild', ...args, '--json'))).stdout);
/** Names of the application’s images, with their image IDs. */
const names = async (): Promise<string[]> => {
  const format = '{{.Repository}}:{{.Tag}} {{.ID}}';
  const all = await docker(engine, 'images', '--no-trunc', '--format', format);
  return all
    .split('\n')
    .filter((name) => name.startsWith('rebuild-up/'))
    .sort();
};
const previous = async () => (await names()).filter((name) => name.includes('-before-'));

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'rebuild-up-'));
  const check = healthy('wget -q -O - http://127.0.0.1/ | grep -v broken');
  const settings = [`ports: ["${port}:80"]`, `healthcheck: ${check}`];
  const bundle = await packBuilt(work, 'rebuild-up', [], settings);
  await ending(0, run('import', bundle, '--up', '--yes', '--settle', '0.5'));
});
afterAll(async () => {
  await run('uninstall', '--yes', '--volumes');
  const left = await names();
  await rm(work, { recursive: true, force: true });
  if (left.some((name) => /-(before|local)-/.test(name))) throw new Error(left.join('\n'));
});

test('unchanged source is not built, neither after the import nor after a rebuild', async () => {
  const before = await names();
  const { outcome, images } = await outcomeOf('--source', project());
  expect({ outcome, changed: images[0].changed }).toEqual({ outcome: 'unchanged', changed: false });
  const { stdout } = await ending(0, run('rebuild', '--source', project(), '--up'));
  expect(stdout).toContain('the source has not changed, so nothing was built');
  expect(await names()).toEqual(before);
  expect(await status()).not.toMatch(/rebuilt|by hand/);
  await ending(0, rebuildWith('changed', '--up'));
  const rebuilt = await names();
  await docker(engine, 'builder', 'prune', '-af');
  expect(await outcomeOf('--source', project())).toMatchObject({ outcome: 'unchanged' });
  expect(await names()).toEqual(rebuilt);
});

test('a started rebuild does not count as a change by hand, and is kept at the next start', async () => {
  await ending(0, rebuildWith('started', '--up'));
  expect(await page()).toBe('started');
  const text = await status();
  expect(text).toContain('rebuilt here: web');
  expect(text).not.toMatch(/by hand|not started/);
  expect((await ending(0, up())).stdout).toContain('Already running');
  expect(await page()).toBe('started');
});

test('the next `bundle up` starts a rebuilt image, and rolls back if it does not become healthy', async () => {
  await ending(0, rebuildWith('started', '--up'));
  await ending(0, rebuildWith('rebuilt'));
  expect(await page()).toBe('started');
  expect(await status()).toContain('rebuilt here: web, not started yet');
  expect((await ending(0, up())).stderr).toContain('web runs an image rebuilt here');
  expect(await page()).toBe('rebuilt');
  await ending(0, rebuildWith('broken'));
  await ending(87, up('--timeout', '15'));
  expect(await page()).toBe('rebuilt');
  await ending(0, run('rebuild', '--undo', 'web'));
  expect(await status()).not.toMatch(/by hand|not started/);
  await ending(0, up());
  expect(await page()).toBe('rebuilt');
}, 120_000);

test('a rebuild with --up that does not become healthy says how to undo it', async () => {
  await ending(0, rebuildWith('good', '--up'));
  const { stderr } = await ending(63, rebuildWith('broken', '--up'));
  expect(stderr).toContain('found:    web: is unhealthy');
  const [, undo = ''] = /^ *bundle (rebuild --undo .*)$/m.exec(stderr) ?? [];
  expect(undo).toBe(`rebuild --undo web --up --name rebuild-up --state-dir ${state()}`);
  const done = await ending(0, run(...undo.split(' ').slice(0, -2)));
  expect(done.stdout).toContain('Undone: web');
  expect(await page()).toBe('good');
  expect(await status()).not.toContain('by hand');
});

test('the log of the host tells of rebuilds, of starts that failed after them, and of what was undone', async () => {
  const { rows } = JSON.parse((await ending(0, run('history', '--json', '--last', '4'))).stdout);
  expect(rows).toMatchObject([
    { action: 'rebuild', detail: 'web', outcome: 'done' },
    { action: 'up', detail: 'web', outcome: 'failed', code: 'start-failed' },
    { action: 'undo rebuild', detail: 'web', outcome: 'done' },
    { action: 'up', detail: 'web', outcome: 'done' },
  ]);
});

test('what ends with an engine that restarts while a rebuild is started is started again', async () => {
  const container = () => docker(engine, 'ps', '-q', '--filter', 'name=rebuild-up-web');
  const before = await container();
  const rebuilt = rebuildWith('restarted', '--up');
  while (['', before].includes(await container())) await sleep(50);
  await restartEngine(engine);
  await ending(0, rebuilt);
  expect(await page()).toBe('restarted');
});

test('a rebuild that died before it was recorded is found when it is tried again, started, and undone', async () => {
  await ending(0, rebuildWith('known', '--up'));
  const record = join(state(), 'rebuild-up/current/rebuilds.json');
  const before = await readFile(record);
  await ending(0, rebuildWith('died'));
  // As kill -9 leaves it after the build.
  await writeFile(record, before);
  const again = ['--source', project()];
  const { outcome, images } = await outcomeOf(...again);
  expect({ outcome, changed: images[0].changed }).toEqual({ outcome: 'rebuilt', changed: true });
  expect(images[0].previous).toMatch(/-before-/);
  expect(await outcomeOf(...again)).toMatchObject({ outcome: 'unchanged' });
  await ending(0, up());
  expect(await page()).toBe('died');
  await ending(0, run('rebuild', '--undo', 'web', '--up'));
  expect(await page()).toBe('known');
});

test('rebuilds can be undone one by one, and names of older ones are removed', async () => {
  for (const text of ['one', 'two', 'three', 'four', 'five'])
    await ending(0, rebuildWith(text, '--up'));
  expect(await previous()).toHaveLength(3);
  for (const text of ['four', 'three', 'two']) {
    await ending(0, run('rebuild', '--undo', '--up'));
    expect(await page()).toBe(text);
  }
  expect(await status()).toContain('rebuilt here: web');
  expect(await status()).not.toContain('by hand');
  await ending(35, run('rebuild', '--undo'));
  expect(await previous()).toEqual([]);
});

test('--reset runs the image of the release, also at later starts', async () => {
  await ending(0, rebuildWith('rebuilt', '--up'));
  await ending(0, up('--reset'));
  expect(await page()).toBe('as it was');
  expect(await status()).not.toMatch(/rebuilt|by hand/);
  await ending(0, up());
  expect(await page()).toBe('as it was');
});

test('a rebuild and another run on the application do not wait for each other', async () => {
  const before = await names();
  const instance = instanceOf(state(), 'rebuild-up');
  await withLock(instance, new AbortController().signal, async () => {
    await ending(44, rebuildWith('while locked', '--up'));
    await ending(44, run('rebuild', '--undo', 'web'));
  });
  expect(await names()).toEqual(before);
  const both = [rebuildWith('at once', '--up'), rebuildWith('at once', '--up')];
  const codes = (await Promise.all(both)).map(({ code }) => code).sort();
  expect(codes).toEqual([0, 44]);
  expect(await page()).toBe('at once');
});

test('undo does not overwrite an image put there by hand after a rebuild', async () => {
  await ending(0, rebuildWith('mine', '--up'));
  const other = (await previous())[0]?.split(' ')[0] ?? '';
  await onEngine(engine, ['docker', 'tag', other, image]);
  const { stderr } = await ending(35, run('rebuild', '--undo', 'web'));
  expect(stderr).toContain('undoing the last rebuild');
});
