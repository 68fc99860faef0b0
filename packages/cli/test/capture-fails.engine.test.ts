import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildBusybox,
  bundleCommand,
  docker,
  type EngineName,
  outputOf,
  startOnEngine,
} from '@bundle/testkit';
import { pageImage } from './small-app.ts';

// Builds that cannot be captured completely: the first stage already has its cache image, the second fails or is
// stopped.

const engines: readonly EngineName[] = ['connected', 'connected-containerd'];
const image = 'capture-fails/web:1';
const base = 'capture-fails/base:1';

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'capture-fails-'));
  const service = `{ image: "${image}", build: . }`;
  // A bundle must not be in a build context.
  await writeFile(join(work, '.dockerignore'), 'out.tar\n');
  await writeFile(join(work, 'compose.yml'), `services: { web: ${service} }\n`);
  for (const engine of engines) await buildBusybox(engine, pageImage(base, 'of the base'));
  // The image exists, so that only the capture builds.
  for (const engine of engines) await docker(engine, 'tag', base, image);
});
afterAll(async () => {
  for (const engine of engines) await docker(engine, 'rmi', '-f', image, base);
  await rm(work, { recursive: true, force: true });
});

const cacheImages = async (engine: EngineName): Promise<string[]> => {
  const names = await docker(engine, 'images', '--format', '{{.Repository}}');
  return names.split('\n').filter((name) => name.startsWith('bundle-cache/capture-fails'));
};

async function exported(engine: EngineName, second: string) {
  const steps = [`FROM ${base} AS one`, `RUN echo ${process.pid} > /one`, 'FROM one', second];
  await writeFile(join(work, 'Dockerfile'), `${steps.join('\n')}\n`);
  const options = ['--product', 'capture-fails', '--no-runtime', '--no-cache', '--no-progress'];
  const args = ['export', work, '-o', join(work, 'out.tar'), ...options];
  return startOnEngine(engine, [...bundleCommand, ...args]);
}

describe.each(engines)('on %s', (engine) => {
  test('a stage that cannot be built is reported, and no cache image keeps its name', async () => {
    const { code, stderr } = await outputOf(await exported(engine, 'RUN exit 3'));
    expect({ code, stderr }).toMatchObject({ code: 22, stderr: expect.stringContaining('exit 3') });
    expect(await cacheImages(engine)).toEqual([]);
    expect((await readdir(work)).sort()).toEqual(['.dockerignore', 'Dockerfile', 'compose.yml']);
  });

  test('a capture that is interrupted leaves no name either', async () => {
    const child = await exported(engine, 'RUN sleep 300');
    const ended = outputOf(child);
    const end = Date.now() + 60_000;
    while ((await cacheImages(engine)).length === 0) {
      if (Date.now() > end || child.exitCode !== null) throw new Error((await ended).stderr);
    }
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 130 });
    expect(await cacheImages(engine)).toEqual([]);
  });
});
