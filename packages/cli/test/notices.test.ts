import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeLayout } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

const root = join(import.meta.dirname, '../../..');
const command = join(root, 'packages/cli/dist/command');
const carried = 'runtime/THIRD-PARTY-NOTICES.txt';

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'notices-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

const builtNotices = () => readFile(join(command, 'THIRD-PARTY-NOTICES.txt'), 'utf8');

/** Lists the folders in node_modules whose code is in the built command, by its source maps. */
async function bundledPackages(): Promise<string[]> {
  const folders = new Set<string>();
  for (const file of await readdir(command)) {
    if (!file.endsWith('.map')) continue;
    const { sources } = JSON.parse(await readFile(join(command, file), 'utf8'));
    for (const source of sources) {
      const folder = /node_modules\/\.pnpm\/.+\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(source)?.[0];
      if (folder !== undefined) folders.add(join(root, folder));
    }
  }
  return [...folders];
}

test('the notices name every package whose code is in the command, and Node.js', async () => {
  const text = await builtNotices();
  const folders = await bundledPackages();
  expect(folders.length).toBeGreaterThan(50);
  for (const folder of folders) {
    const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    expect(text).toContain(`\n${name} ${version}\nLicence: `);
  }
  expect(text).toContain(`\nNode.js ${process.versions.node}\n`);
});

test('every bundled package states its licence', async () => {
  const folder = join(work, 'node_modules/nameless');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"name": "nameless", "version": "1.0.0"}');
  const script = `
    import { thirdPartyNotices } from ${JSON.stringify(join(root, 'scripts/lib/notices.js'))};
    thirdPartyNotices([${JSON.stringify(join(folder, 'index.js'))}]);`;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  await expect(run).rejects.toThrow('nameless 1.0.0');
});

test('a bundle with the executable contains them, whether made by a checkout or by the executable', async () => {
  await makeLayout(join(work, 'layout'), [{ reference: 'app:1', layers: [{ text: 'app' }] }]);
  await writeFile(join(work, 'compose.yml'), 'name: shop\nservices: { app: { image: "app:1" } }\n');
  const engine = ['--engine', `oci:${join(work, 'layout')}`];
  const args = ['export', join(work, 'compose.yml'), ...engine, '--no-progress', '-o'];
  const one = join(work, 'one');
  expect(await bundle([...args, one])).toMatchObject({ code: 0 });
  expect(await readFile(join(one, carried), 'utf8')).toBe(await builtNotices());
  expect((await stat(join(one, carried))).mode & 0o777).toBe(0o644);
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', BUNDLE_LAYER_CACHE: 'off' };
  await promisify(execFile)(join(one, 'runtime/bundle'), [...args, join(work, 'two')], { env });
  const again = await readFile(join(work, 'two', carried), 'utf8');
  expect(again).toBe(await builtNotices());
  expect(await bundle([...args, join(work, 'bare'), '--no-runtime'])).toMatchObject({ code: 0 });
  expect(await readdir(join(work, 'bare'))).not.toContain('runtime');
});
