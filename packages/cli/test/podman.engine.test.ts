import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bundleCommand,
  docker,
  type Output,
  onEngine,
  podmanEngine as podman,
  printedBy,
  startEngines,
} from '@bundle/testkit';
import { bundleOn, ending, packRelease, pageImage, pageOn } from './small-app.ts';

// podman 4.3 through its Docker-compatible API. Its health checks need systemd, which this machine may not run.

const product = 'podman-app';
const image = `${product}/web:1`;
const port = 18_473;
let work: string;
const bundles: Record<string, string> = {};
const at = (name: string): string => join(work, name);
const run = (...args: string[]): Promise<Output> => bundleOn(podman, at('state'), args);

beforeAll(async () => {
  await startEngines(podman);
  work = await mkdtemp(join(tmpdir(), 'podman-'));
  const web = `{ image: "${image}", ports: ["${port}:80"], volumes: ["data:/data"], stop_signal: SIGKILL }`;
  const compose = `services: { web: ${web} }\nvolumes: { data: {} }\n`;
  for (const version of ['1.0', '2.0']) {
    const images = [pageImage(image, `page of ${version}`)];
    bundles[version] = await packRelease(work, { product, version, images, compose });
  }
});
afterAll(async () => {
  await ending(0, run('uninstall', '--name', product, '--yes', '--volumes'));
  await docker(podman, 'rmi', '-f', image);
  await docker('connected', 'rmi', '-f', image);
  await rm(work, { recursive: true, force: true });
});

test('a release is imported, started, upgraded and rolled back', async () => {
  const { stdout } = await ending(0, run('import', bundles['1.0'] ?? '', '--up'));
  expect(stdout).toContain('into podman 4.');
  expect(await pageOn(podman, port)).toBe('page of 1.0');
  expect((await ending(0, run('import', bundles['1.0'] ?? ''))).stdout).toContain('Up to date');
  await ending(0, run('import', bundles['2.0'] ?? '', '--up'));
  expect(await pageOn(podman, port)).toBe('page of 2.0');
  expect((await ending(0, run('status'))).stdout).toMatch(/podman-app +2\.0 .* running/);
  await ending(0, run('rollback'));
  expect(await pageOn(podman, port)).toBe('page of 1.0');
  expect((await ending(0, run('logs'))).stdout).toContain('serving');
});

test('an image that podman got from a bundle cannot be exported, and the message says what to do', async () => {
  await mkdir(at('again'));
  const text = `services: {web: {image: "${image}"}}`;
  await writeFile(join(at('again'), 'compose.yml'), text);
  const words = ['export', at('again'), '-o', at('again.tar'), '--no-runtime', '--pull', 'never'];
  const { stderr } = await ending(32, onEngine(podman, [...bundleCommand, ...words]));
  expect(stderr).toContain('export it where it was built');
});

test('images of podman are exported, and imported into Docker', async () => {
  const reference = `${product}/built:1`;
  await docker('connected', 'tag', image, reference);
  const saved = ['docker', 'save', '-o', at('built.tar'), reference];
  await ending(0, onEngine('connected', saved));
  await docker('connected', 'rmi', reference);
  await docker(podman, 'load', '-i', at('built.tar'));
  await mkdir(at('built'));
  await writeFile(join(at('built'), 'compose.yml'), `services: {web: {image: "${reference}"}}`);
  const words = [
    'export',
    at('built'),
    '-o',
    at('built-bundle.tar'),
    '--no-runtime',
    '--pull',
    'never',
  ];
  await ending(0, onEngine(podman, [...bundleCommand, ...words]));
  const into = [`import`, at('built-bundle.tar')];
  await ending(0, bundleOn('offline-28', at('docker-state'), into));
  const page = await printedBy('offline-28', reference, 'cat', '/www/index.html');
  expect(page).toBe('page of 2.0');
  await docker('offline-28', 'rmi', '-f', reference);
  await docker(podman, 'rmi', '-f', reference);
});

test('an incremental bundle is refused before anything changes', async () => {
  const images = [pageImage(image, 'page of 3.0')];
  const release = {
    product,
    version: '3.0',
    images,
    compose: `services: { web: { image: "${image}" } }\n`,
  };
  const flags = ['--since', bundles['1.0'] ?? ''];
  const bundle = await packRelease(work, { ...release, flags });
  const { stdout, stderr } = await ending(81, run('import', bundle));
  expect(stdout + stderr).toContain('podman loads only complete images');
});

test('doctor says that podman cannot rebuild, and what to do', async () => {
  const { stdout, stderr } = await run('doctor');
  expect(stdout + stderr).toContain('podman, which builds without BuildKit');
  expect(stdout + stderr).toContain('Rebuild on a host with Docker');
});
