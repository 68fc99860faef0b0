import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bundleCommand,
  docker,
  newerPodman,
  type Output,
  onEngine,
  podmanEngine,
  printedBy,
  startEngines,
} from '@bundle/testkit';
import { bundleOn, ending, packRelease, pageImage, pageOn } from './small-app.ts';

// podman 4.3 and 5.4 through their Docker-compatible API. Health checks need systemd, which this machine may not run.

const product = 'podman-app';
const image = `${product}/web:1`;
/** An image that podman does not get from a bundle. */
const reference = `${product}/built:1`;
const port = 18_473;
const quick = ['--settle', '0.5'];
let work: string;
const bundles: Record<string, string> = {};
const at = (name: string): string => join(work, name);
beforeAll(async () => {
  await startEngines(podmanEngine, newerPodman);
  work = await mkdtemp(join(tmpdir(), 'podman-'));
  const web = `{ image: "${image}", ports: ["${port}:80"], volumes: ["data:/data"], stop_signal: SIGKILL }`;
  const compose = `services: { web: ${web} }\nvolumes: { data: {} }\n`;
  for (const version of ['1.0', '2.0', '3.0']) {
    const images = [pageImage(image, `page of ${version}`)];
    const flags = version === '3.0' ? ['--since', bundles['1.0'] ?? ''] : [];
    bundles[version] = await packRelease(work, { product, version, images, compose, flags });
  }
  await docker('connected', 'tag', image, reference);
  const saved = ['docker', 'save', '-o', at('built.tar'), reference];
  await ending(0, onEngine('connected', saved));
  await docker('connected', 'rmi', reference);
});
afterAll(async () => {
  await docker('connected', 'rmi', '-f', image);
  await rm(work, { recursive: true, force: true });
});

describe.each([
  // It cannot save layers that it got as zstd.
  { podman: podmanEngine, version: '4', exportsAgain: false },
  { podman: newerPodman, version: '5', exportsAgain: true },
] as const)('$podman', ({ podman, version, exportsAgain }) => {
  const own = (name: string): string => at(`${podman}/${name}`);
  const run = (...args: string[]): Promise<Output> => bundleOn(podman, own('state'), args);
  beforeAll(() => mkdir(at(podman)));
  afterAll(async () => {
    await ending(0, run('uninstall', '--name', product, '--yes', '--volumes'));
    await docker(podman, 'rmi', '-f', image);
  });

  test('a release is imported, started, upgraded and rolled back', async () => {
    const { stdout } = await ending(0, run('import', bundles['1.0'] ?? '', '--up', ...quick));
    expect(stdout).toContain(`into podman ${version}.`);
    expect(await pageOn(podman, port)).toBe('page of 1.0');
    expect((await ending(0, run('import', bundles['1.0'] ?? ''))).stdout).toContain('Up to date');
    await ending(0, run('import', bundles['2.0'] ?? '', '--up', ...quick));
    expect(await pageOn(podman, port)).toBe('page of 2.0');
    expect((await ending(0, run('status'))).stdout).toMatch(/podman-app +2\.0 .* running/);
    await ending(0, run('rollback', ...quick));
    expect(await pageOn(podman, port)).toBe('page of 1.0');
    expect((await ending(0, run('logs'))).stdout).toContain('serving');
  });

  /** Exports an application of one image, from podman. */
  const exportOf = async (name: string, image: string): Promise<readonly string[]> => {
    await mkdir(own(name));
    await writeFile(join(own(name), 'compose.yml'), `services: {web: {image: "${image}"}}`);
    const flags = ['--no-runtime', '--pull', 'never'];
    return [...bundleCommand, 'export', own(name), '-o', own(`${name}.tar`), ...flags];
  };
  /** Imports what was exported into Docker, and returns the page in its image. */
  const pageFrom = async (name: string, image: string): Promise<string> => {
    await ending(0, bundleOn('offline-28', own('docker-state'), ['import', own(`${name}.tar`)]));
    const page = await printedBy('offline-28', image, 'cat', '/www/index.html');
    await docker('offline-28', 'rmi', '-f', image);
    return page;
  };

  test(`an image that podman got from a bundle ${exportsAgain ? 'is exported again' : 'cannot be exported, and the message says what to do'}`, async () => {
    const words = await exportOf('again', image);
    const { stderr } = await ending(exportsAgain ? 0 : 32, onEngine(podman, words));
    // The name is that of the release imported last, whatever runs.
    if (exportsAgain) expect(await pageFrom('again', image)).toBe('page of 2.0');
    else expect(stderr).toContain('export it where it was built');
  });

  test('images of podman are exported, and imported into Docker', async () => {
    await docker(podman, 'load', '-i', at('built.tar'));
    await ending(0, onEngine(podman, await exportOf('built', reference)));
    expect(await pageFrom('built', reference)).toBe('page of 3.0');
    await docker(podman, 'rmi', '-f', reference);
  });

  test('an incremental bundle is refused before anything changes', async () => {
    const { stdout, stderr } = await ending(81, run('import', bundles['3.0'] ?? ''));
    expect(stdout + stderr).toContain('podman loads only complete images');
  });

  test('doctor says that podman cannot rebuild, and what to do', async () => {
    const { stdout, stderr } = await run('doctor');
    expect(stdout + stderr).toContain('podman, which builds without BuildKit');
    expect(stdout + stderr).toContain('Rebuild on a host with Docker');
  });
});
