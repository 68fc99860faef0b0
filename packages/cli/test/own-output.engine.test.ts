import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildBusybox,
  bundleCommand,
  docker,
  type EngineName,
  onEngine,
  printedBy,
} from '@bundle/testkit';
import { ending, pageImage } from './small-app.ts';

// An application built from the folder in which its bundles are made.

const engine: EngineName = 'connected';
const image = 'own-output/web:1';
const base = 'own-output/base:1';

let work: string;
const project = (): string => join(work, 'own-output');
const run = (...args: string[]) =>
  onEngine(
    engine,
    [...bundleCommand, 'export', ...args, '--no-runtime', '--no-cache', '--no-progress'],
    { cwd: project() },
  );
const sourceInImage = async (): Promise<string[]> =>
  (await printedBy(engine, image, 'busybox', 'find', '/src', '-type', 'f')).split('\n').sort();

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'own-output-'));
  await mkdir(project());
  await buildBusybox(engine, pageImage(base, 'of the base'));
  const service = `{ image: "${image}", build: . }`;
  await writeFile(join(project(), 'compose.yml'), `services: { web: ${service} }\n`);
  await writeFile(join(project(), 'Dockerfile'), `FROM ${base}\nCOPY . /src\n`);
});
afterAll(async () => {
  await docker(engine, 'rmi', '-f', image, base);
  await rm(work, { recursive: true, force: true });
});

test('after repeated exports, no image contains a bundle, and the output path is shown', async () => {
  const first = await ending(0, run('--build'));
  expect(first.stderr).toContain(`Writing the bundle to ${join(work, 'own-output.bundle')}`);
  await ending(0, run('--build', '--force'));
  expect(await sourceInImage()).toEqual(['/src/Dockerfile', '/src/compose.yml']);
  expect((await readdir(work)).sort()).toEqual(['own-output', 'own-output.bundle']);
});

test('a path in the folder is refused, before anything is built', async () => {
  const { stderr } = await ending(41, run('--build', '-o', 'release.tar'));
  expect(stderr).toContain('which web is built from');
  expect(stderr).toContain('add the line release.tar to');
  await writeFile(join(project(), '.dockerignore'), 'release.tar\n');
  await ending(0, run('-o', 'release.tar'));
  await rm(join(project(), 'release.tar'));
  await rm(join(project(), '.dockerignore'));
});

test('an older bundle in the folder causes a warning', async () => {
  await rename(join(work, 'own-output.bundle'), join(project(), 'old'));
  const { stdout } = await ending(0, run());
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain('the bundle old lies in the build context');
});
