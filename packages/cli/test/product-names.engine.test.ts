import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBusybox, bundleCommand, docker, onEngine } from '@bundle/testkit';
import { bundleOn, ending, pageImage, writeProject } from './small-app.ts';

// Two applications whose Compose files lie in folders of one name.

const engine = 'offline-28';
const images = { wiki: 'names/wiki:1', shop: 'names/shop:1' };
const quick = ['--yes', '--settle', '0.3', '--timeout', '30'];

let work: string;
let state: string;
const run = (...args: string[]) => bundleOn(engine, state, args);
const running = async () => (await docker(engine, 'ps', '--format', '{{.Names}}')).split('\n');

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'names-'));
  state = join(work, 'state');
  for (const [name, image] of Object.entries(images)) {
    await buildBusybox('connected', pageImage(image, name));
    await writeProject(work, `${name}/docker`, {
      'compose.yaml': `services: {${name}: {image: "${image}", stop_signal: SIGKILL, volumes: ["data:/data"]}}\nvolumes: {data: {}}\n`,
    });
  }
});
afterEach(async () => {
  for (const name of ['wiki', 'shop', 'docker', 'other'])
    await run('uninstall', '--name', name, '--yes', '--volumes');
});
afterAll(async () => {
  await docker(engine, 'rmi', '-f', ...Object.values(images));
  await rm(work, { recursive: true, force: true });
});

async function pack(app: string, ...flags: string[]) {
  const output = join(work, `${app}${flags.join('')}.tar`);
  const args = ['export', join(work, app, 'docker'), '-o', output, '--no-runtime', ...flags];
  const { stdout, stderr } = await ending(0, onEngine('connected', [...bundleCommand, ...args]));
  return { output, words: `${stdout}${stderr}` };
}

test('they are called after the folders above, and run side by side', async () => {
  const wiki = await pack('wiki');
  expect(wiki.words).toContain('The application is called wiki');
  expect(wiki.words).toContain('--name docker keeps that');
  for (const { output } of [wiki, await pack('shop')]) {
    const { stderr } = await ending(0, run('import', output, '--up', ...quick));
    expect(stderr).not.toContain('remove');
  }
  expect(await running()).toEqual(expect.arrayContaining(['wiki-wiki-1', 'shop-shop-1']));
});

test('one that has the name of another is refused before anything changes, and both are named', async () => {
  const [wiki, shop] = [await pack('wiki', '--name=docker'), await pack('shop', '--name=docker')];
  await ending(0, run('import', wiki.output, '--up', ...quick));
  const refused = await ending(81, run('import', shop.output, '--up', ...quick));
  expect(refused.stderr).toMatch(
    /a different application, with the service wiki; .* the service shop/,
  );
  await ending(81, run('import', shop.output, '--yes'));
  expect(await running()).toContain('docker-wiki-1');
  await ending(0, run('import', shop.output, '--up', '--name', 'other', ...quick));
  expect(await running()).toEqual(expect.arrayContaining(['docker-wiki-1', 'other-shop-1']));
  const replaced = run('import', shop.output, '--up', '--ignore', 'application', ...quick);
  expect((await ending(0, replaced)).stderr).toMatch(/wiki +remove/);
  expect(await running()).toContain('docker-shop-1');
});
