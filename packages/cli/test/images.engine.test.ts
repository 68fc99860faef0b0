import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bundleCommand,
  docker,
  engineFolder,
  onEngine,
  podmanEngine,
  printedBy,
  startEngines,
} from '@bundle/testkit';
import { ending, packRelease, pageImage } from './small-app.ts';

// The archives of `bundle images` in the hands of others.

const reference = 'images-of/one:1';
const formats = ['oci', 'docker'] as const;
let work: string;
const at = (name: string): string => join(work, name);
const run = (...words: string[]) => onEngine('offline-28', words, { cwd: work });

beforeAll(async () => {
  await startEngines(podmanEngine);
  work = await mkdtemp(join(tmpdir(), 'images-'));
  const images = [pageImage(reference, 'one')];
  const compose = `services: { s: { image: "${reference}" } }\n`;
  const bundle = await packRelease(work, { product: 'images-of', version: '1', images, compose });
  for (const format of formats) {
    const words = ['images', bundle, '-o', at(`${format}.tar`), '--format', format];
    await ending(0, run(...bundleCommand, ...words));
  }
});
afterAll(async () => {
  for (const engine of ['connected', 'offline-28', 'offline-26'] as const)
    await docker(engine, 'rmi', '-f', reference);
  await rm(work, { recursive: true, force: true });
});

test.each(formats)('docker load reads the %s form, and the image runs', async (format) => {
  for (const engine of ['offline-28', 'offline-26'] as const) {
    await docker(engine, 'rmi', '-f', reference);
    await docker(engine, 'load', '-i', at(`${format}.tar`));
    expect(await printedBy(engine, reference, 'cat', '/www/index.html')).toBe('one');
  }
});

test.each(formats)('containerd imports the %s form, and has all of it', async (format) => {
  const socket = join(await engineFolder('offline-28'), 'run/containerd/containerd.sock');
  const ctr = ['ctr', '--address', socket, '--namespace', 'k8s.io', 'images'];
  await ending(0, run(...ctr, 'import', at(`${format}.tar`)));
  const { stdout } = await ending(0, run(...ctr, 'check'));
  expect(stdout).toMatch(/docker\.io\/images-of\/one:1 .* complete \(3\/3\)/);
  await ending(0, run(...ctr, 'rm', `docker.io/${reference}`));
});

test('containerd imports it from a pipe', async () => {
  const socket = join(await engineFolder('offline-28'), 'run/containerd/containerd.sock');
  const ctr = `ctr --address ${socket} --namespace k8s.io images`;
  const bundle = `${bundleCommand.join(' ')} images ${at('images-of-1.tar')} -o -`;
  await ending(
    0,
    run('sh', '-c', `${bundle} | ${ctr} import - && ${ctr} rm docker.io/${reference}`),
  );
});

test.each([
  ['oci', 'docker-archive'],
  ['oci', 'oci-archive'],
  ['docker', 'docker-archive'],
])('skopeo copies the %s form as %s', async (format, kind) => {
  const target = `oci:${at(`copied-${format}-${kind}`)}:one`;
  await ending(
    0,
    run('skopeo', '--insecure-policy', 'copy', `${kind}:${at(`${format}.tar`)}`, target),
  );
});

test.each(formats)('podman loads the %s form', async (format) => {
  const load = onEngine(podmanEngine, ['podman', 'load', '-i', at(`${format}.tar`)]);
  const { stdout } = await ending(0, load);
  const [, name = ''] = /Loaded image: (\S+)/.exec(stdout) ?? [];
  expect(name).toMatch(/^(docker\.io|localhost)\/images-of\/one:1$/);
  // Not attached: docker's command at times waits for ever for podman to say that the container is gone.
  const container = await docker(podmanEngine, 'create', name, 'cat', '/www/index.html');
  await docker(podmanEngine, 'start', container);
  await docker(podmanEngine, 'wait', container);
  expect(await docker(podmanEngine, 'logs', container)).toBe('one');
  await docker(podmanEngine, 'rm', container);
  await onEngine(podmanEngine, ['podman', 'rmi', '-f', name]);
});

const umoci = process.env['BUNDLE_UMOCI'] ?? '';
const withUmoci = umoci === '' ? test.skip : test;

withUmoci(
  'umoci unpacks what skopeo makes of the docker form, since it reads no zstd',
  async () => {
    const target = at('for-umoci');
    const copy = ['copy', `docker-archive:${at('docker.tar')}`, `oci:${target}:one`];
    await ending(0, run('skopeo', '--insecure-policy', ...copy));
    await ending(0, run(umoci, 'unpack', '--image', `${target}:one`, at('unpacked')));
    const { stdout } = await run('cat', at('unpacked/rootfs/www/index.html'));
    expect(stdout).toBe('one\n');
  },
);
