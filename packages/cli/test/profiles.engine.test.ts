import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleCommand, docker, engineEnv, onEngine } from '@bundle/testkit';
import { bundleOnTerminal } from './run-bundle.ts';
import { bundleOn, ending, packRelease, pageImage, writeProject } from './small-app.ts';

// Profiles of an application: what the source side runs is what the offline host runs.

const engine = 'offline-28';
const product = 'profiles';
const image = `${product}/page:1`;
const quick = ['--yes', '--settle', '0.3', '--timeout', '30'];
const compose = `services:
  web: {image: "${image}", stop_signal: SIGKILL}
  cpu: {image: "${image}", stop_signal: SIGKILL, profiles: [cpu], container_name: ${product}-model}
  gpu: {image: "${image}", stop_signal: SIGKILL, profiles: [gpu], container_name: ${product}-model}
`;

let work: string;
let state: string;
const run = (...args: string[]) => bundleOn(engine, state, args);
const running = async (): Promise<string[]> => {
  const label = `label=com.docker.compose.project=${product}`;
  const format = '{{.Label "com.docker.compose.service"}}';
  const listed = await docker(engine, 'ps', '--filter', label, '--format', format);
  return listed.split('\n').sort();
};

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'profiles-'));
});
// Images may be from different days: nothing here is about the order of bundles.
beforeEach(async () => {
  state = await mkdtemp(join(work, 'state-'));
});
afterEach(() => run('uninstall', '--yes', '--volumes'));
afterAll(async () => {
  await docker(engine, 'rmi', '-f', image);
  await rm(work, { recursive: true, force: true });
});

const pack = (version: string, files: Readonly<Record<string, string>>, text = compose) =>
  packRelease(work, {
    product,
    version,
    images: [pageImage(image, version)],
    compose: text,
    files,
  });

test('alternatives are packed both; the one of the source side starts, and the other one is chosen', async () => {
  const bundle = await pack('1.0', { '.env': 'COMPOSE_PROFILES=cpu\n' });
  const looked = await ending(0, run('preflight', bundle));
  expect(looked.stdout).toContain('web, cpu start; only with a profile: gpu (gpu)');
  const imported = await ending(0, run('import', bundle, '--yes'));
  expect(imported.stdout).toContain('only with a profile: gpu (gpu)');
  const first = await ending(0, run('up', ...quick));
  expect(first.stderr).toContain('only with a profile: gpu (gpu)');
  expect(await running()).toEqual(['cpu', 'web']);
  await ending(0, run('up', ...quick, '--set', 'COMPOSE_PROFILES=gpu'));
  expect(await running()).toEqual(['gpu', 'web']);
  await ending(85, run('up', ...quick, '--set', 'COMPOSE_PROFILES=tpu'));
  const both = await ending(11, run('up', ...quick, '--set', 'COMPOSE_PROFILES=cpu,gpu'));
  expect(both.stderr).toContain('choose one of their profiles');
  expect(await running()).toEqual(['gpu', 'web']);
});

test('an alternative that does not start gives way to the one that ran', async () => {
  const failing = compose.replace(
    'profiles: [gpu]',
    'profiles: [gpu], command: [sh, "-c", "exit 3"]',
  );
  const bundle = await pack('1.5', { '.env': 'COMPOSE_PROFILES=cpu\n' }, failing);
  await ending(0, run('import', bundle, '--up', ...quick));
  const { stderr } = await ending(87, run('up', ...quick, '--set', 'COMPOSE_PROFILES=gpu'));
  expect(stderr).toContain('Removing cpu');
  expect(await running()).toEqual(['cpu', 'web']);
});

test('on a terminal a first start asks which, and offers that of the source side', async () => {
  const bundle = await pack('2.0', { '.env': 'COMPOSE_PROFILES=cpu\n' });
  const args = ['import', bundle, '--up', '--settle', '0.3', '--state-dir', state];
  const typed = [
    { after: 'COMPOSE_PROFILES', keys: 'gpu\r' },
    { after: '(Y/n)', keys: 'y\r' },
  ];
  const { code, stdout } = await bundleOnTerminal(args, { env: await engineEnv(engine), typed });
  expect(stdout).toContain('cpu (cpu, not beside gpu)');
  expect(code).toBe(0);
  expect(await running()).toEqual(['gpu', 'web']);
});

test('both at once end the import before anything is loaded', async () => {
  const bundle = await pack('3.0', { '.env': 'COMPOSE_PROFILES=cpu\n' });
  const both = ['--set', 'COMPOSE_PROFILES=cpu,gpu'];
  const refused = await ending(81, run('import', bundle, '--up', ...quick, ...both));
  expect(refused.stderr).toContain(`cpu and gpu both want the container ${product}-model`);
  expect(await docker(engine, 'images', '-q', image)).toBe('');
});

test('what Compose refuses of a profile that is not used is left out, and said', async () => {
  const project = await writeProject(work, 'unused', {
    'compose.yml': `services:
  web: {image: "${image}", stop_signal: SIGKILL}
  later: {image: "${image}", profiles: [later], env_file: later.env}
`,
  });
  const output = join(work, 'unused.tar');
  const args = ['export', project, '-o', output, '--product', product, '--no-runtime'];
  const made = await ending(0, onEngine('connected', [...bundleCommand, ...args]));
  expect(made.stdout).toMatch(/later +not packed: .*later\.env/s);
  await ending(0, run('import', output, '--up', ...quick));
  expect(await running()).toEqual(['web']);
});
