import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildBusybox,
  bundleCommand,
  connectedEngines,
  docker,
  onEngine,
  startOnEngine,
} from '@bundle/testkit';
import { buildBundle } from '../../registry/test/fixture.ts';
import { shows } from './run-bundle.ts';

// Images that are not on an engine yet are pulled from a registry: here, a served bundle.

const port = '5019';
const name = `127.0.0.1:${port}/pull-test/api`;
let work: string;
let manifestDigest: string;
let server: ReturnType<typeof startOnEngine>;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'pull-'));
  const layers = [{ text: 'base' }, { text: 'app', compression: 'gzip' as const }];
  const served = join(work, 'served.tar');
  await buildBundle(served, [{ reference: 'pull-test/api:1.0', layers }]);
  const inspected = await onEngine('connected', [...bundleCommand, 'inspect', served, '--json']);
  manifestDigest = JSON.parse(inspected.stdout).manifest.images[0].manifestDigest;
  server = startOnEngine('connected', [...bundleCommand, 'serve', served, '--port', port]);
  if (server.stderr === null) throw new Error('no output');
  await shows(server.stderr, `docker pull ${name}:1.0`);
});
afterAll(async () => {
  server.kill('SIGTERM');
  await rm(work, { recursive: true, force: true });
});

describe.each(connectedEngines)('on %s', (engine) => {
  const pack = async (reference: string, ...flags: string[]) => {
    const file = join(work, 'compose.yml');
    await writeFile(file, `name: pulled\nservices:\n  api:\n    image: ${reference}\n`);
    const output = join(work, `${engine}.tar`);
    const args = ['export', file, '-o', output, '--force', '--no-runtime', '--json', ...flags];
    const { code, stdout } = await onEngine(engine, [...bundleCommand, ...args]);
    return { code, report: JSON.parse(stdout) };
  };
  afterEach(() =>
    onEngine(engine, ['docker', 'rmi', '-f', `${name}:1.0`, `${name}@${manifestDigest}`]),
  );

  test('a missing image is taken from its registry without the engine, unless pulling is off', async () => {
    expect(await pack(`${name}:1.0`, '--pull', 'never')).toMatchObject({ code: 20 });
    const { code, report } = await pack(`${name}:1.0`);
    expect(code).toBe(0);
    expect(report.manifest.images).toMatchObject([{ reference: `${name}:1.0` }]);
    expect(report.manifest.images[0].manifestDigest).toBe(manifestDigest);
    expect(await docker(engine, 'images', '-q', `${name}:1.0`)).toBe('');
  });

  test('an existing image is pulled again only on request', async () => {
    await buildBusybox(engine, { reference: `${name}:1.0`, command: ['true'] });
    const id = async (...flags: string[]): Promise<string> =>
      (await pack(`${name}:1.0`, ...flags)).report.manifest.images[0].imageId;
    const local = await id();
    const fromRegistry = await id('--pull', 'always');
    expect(fromRegistry).not.toBe(local);
    expect(await id()).toBe(fromRegistry);
  });

  test('an image pinned by digest is packed under a tag, and keeps its registry digest', async () => {
    const { code, report } = await pack(`${name}@${manifestDigest}`);
    expect(code).toBe(0);
    const [image] = report.manifest.images;
    expect(image.reference).toBe(`${name}:sha256-${manifestDigest.slice(7, 19)}`);
    expect(image.manifestDigest).toBe(manifestDigest);
  });

  test('a tag missing in the registry ends with the registry’s message', async () => {
    const { code, report } = await pack(`${name}:2.0`);
    expect(code).toBe(21);
    expect(report.error.found).toContain('2.0');
  });
});
