import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  bundleCommand,
  docker,
  type Output,
  onEngine,
  rootlessPodman as podman,
  startEngines,
} from '@bundle/testkit';
import { bundleOn, ending, packRelease, pageImage, pageOn, writeProject } from './small-app.ts';

// podman 4.3 of an ordinary user, through its Docker-compatible API. Not every system lets such a user have namespaces.

const user = ['--reuid', '200000', '--regid', '200000', '--clear-groups'];
const isAllowed = await promisify(execFile)('setpriv', [...user, 'unshare', '--user', 'true']).then(
  () => true,
  () => false,
);

const product = 'rootless-app';
const image = `${product}/web:1`;
const port = 18_474;
let work: string;
let bundle: string;
const at = (name: string): string => join(work, name);
const run = (...args: string[]): Promise<Output> => bundleOn(podman, at('state'), args);

(isAllowed ? describe : describe.skip)('podman of an ordinary user', () => {
  beforeAll(async () => {
    await startEngines(podman);
    work = await mkdtemp(join(tmpdir(), 'rootless-'));
    const web = `{ image: "${image}", ports: ["${port}:80"], volumes: ["data:/data"], stop_signal: SIGKILL }`;
    bundle = await packRelease(work, {
      product,
      version: '1.0',
      images: [pageImage(image, 'page of a user')],
      compose: `services: { web: ${web} }\nvolumes: { data: {} }\n`,
    });
  });
  afterAll(async () => {
    await docker(podman, 'rmi', '-f', image);
    await docker('connected', 'rmi', '-f', image);
    await rm(work, { recursive: true, force: true });
  });

  test('a release is imported and started, and its data is removed with it', async () => {
    const { stdout } = await ending(0, run('import', bundle, '--up'));
    expect(stdout).toContain('into podman 4.');
    expect(await pageOn(podman, port)).toBe('page of a user');
    await ending(0, run('uninstall', '--name', product, '--yes', '--volumes'));
    expect(await docker(podman, 'ps', '-aq')).toBe('');
  });

  test('an image of its own is exported, and the bundle is verified', async () => {
    const own = `${product}/own:1`;
    await docker('connected', 'tag', image, own);
    await docker('connected', 'save', '-o', at('own.tar'), own);
    await docker('connected', 'rmi', own);
    await docker(podman, 'load', '-i', at('own.tar'));
    const compose = `services: { own: { image: "${own}" } }\n`;
    const project = await writeProject(work, 'own', { 'compose.yml': compose });
    const args = ['export', project, '-o', at('own-bundle'), '--no-runtime', '--pull', 'never'];
    await ending(0, onEngine(podman, [...bundleCommand, ...args]));
    await ending(0, onEngine(podman, [...bundleCommand, 'verify', at('own-bundle')]));
    await docker(podman, 'rmi', '-f', own);
  });
});
