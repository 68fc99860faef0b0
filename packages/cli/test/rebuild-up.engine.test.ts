import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EngineName, onEngine } from '@bundle/testkit';
import { bundleOn, ending, healthy, packBuilt, pageOn } from './small-app.ts';

// Starting what was rebuilt: done when it answers, and said when it does not.

const engine: EngineName = 'offline-28';
const port = 8093;

let work: string;
const project = (...path: string[]): string => join(work, 'project', ...path);
const run = (...args: string[]) => bundleOn(engine, join(work, 'state'), args);
const rebuildWith = async (page: string) => {
  await writeFile(project('www/index.html'), `${page}\n`);
  return run('rebuild', 'web', '--source', project(), '--up');
};

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'rebuild-up-'));
  const check = healthy('wget -q -O - http://127.0.0.1/ | grep -v broken');
  const settings = [`ports: ["${port}:80"]`, `healthcheck: ${check}`];
  const bundle = await packBuilt(work, 'rebuild-up', [], settings);
  await ending(0, run('import', bundle, '--up', '--yes', '--settle', '0.5'));
});
afterAll(async () => {
  await run('uninstall', '--yes', '--volumes');
  await rm(work, { recursive: true, force: true });
});

test('a rebuild with --up ends when the new image answers, and says how to undo one that does not get healthy', async () => {
  await ending(0, rebuildWith('anew'));
  expect(await pageOn(engine, port)).toBe('anew');
  const { stderr } = await ending(63, rebuildWith('broken'));
  expect(stderr).toContain('found:    web: is unhealthy');
  const [undo = ''] =
    /^ *docker tag \S+ rebuild-up\/web:1\n *docker compose .*$/m.exec(stderr) ?? [];
  await ending(0, onEngine(engine, ['sh', '-ec', undo]));
  await ending(0, run('up', '--yes', '--settle', '0.5'));
  expect(await pageOn(engine, port)).toBe('anew');
});
