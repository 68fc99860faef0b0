import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DeployOptions, deployToHosts, parseHosts } from '@bundle/fleet';
import {
  buildBusybox,
  bundleCommand,
  docker,
  type EngineName,
  onEngine,
  type SshHosts,
  startSshHosts,
} from '@bundle/testkit';
import { openManifest } from '@bundle/verify';
import { bundle, finished, startBundle } from './run-bundle.ts';
import { ending, healthy } from './small-app.ts';

// Releases go by the real ssh to SSH servers of Debian, each in front of an engine of its own.

const product = 'fleet-test';
// More of them by hand: BUNDLE_FLEET_ENGINES='offline-28 offline-28-containerd offline-26 offline-26-containerd'.
const engines = (process.env['BUNDLE_FLEET_ENGINES'] ?? 'offline-28 offline-28-containerd').split(
  ' ',
) as readonly EngineName[];
const names = engines.map((_, index) => `host-${index + 1}`);
const [first = '', second = ''] = names;
const last = names.at(-1) ?? '';
const layerBytes = 3_000_000;

let work: string;
let fleet: SshHosts;
const bundles: Record<string, string> = {};

/** Packs a release of one large layer on a large base. It is healthy where the setting CHECK is not its version. */
async function pack(version: string): Promise<void> {
  const image = `${product}/web:${version}`;
  const project = join(work, version);
  await mkdir(project);
  await writeFile(join(project, 'layer'), randomBytes(layerBytes));
  await writeFile(join(project, 'Dockerfile'), `FROM ${product}/base:1\nCOPY layer /layer\n`);
  await docker('connected', 'build', '-q', '-t', image, project);
  const check = healthy(`test "$$CHECK" != ${version}`);
  const service = `{image: "${image}", stop_signal: SIGKILL, environment: {CHECK: "\${CHECK:-}"}, healthcheck: ${check}}`;
  await writeFile(join(project, 'compose.yml'), `services: {web: ${service}}\n`);
  const output = join(work, `${version}.tar`);
  const flags = ['--product', product, '--release-version', version, '--pull', 'never'];
  const args = ['export', project, '-o', output, '--no-rebuild', '--no-runtime', ...flags];
  await ending(0, onEngine('connected', [...bundleCommand, ...args]));
  bundles[version] = output;
}

/** Writes the file of hosts; the release of the version in `unhealthy` does not become healthy on its host. */
async function writeHosts(unhealthy: Readonly<Record<string, string>> = {}): Promise<string> {
  const hosts = names.map((name) => {
    const settings = { CHECK: unhealthy[name] ?? 'none' };
    return [name, { command: bundleCommand[0], settings }];
  });
  const file = join(work, 'hosts.yaml');
  await writeFile(file, JSON.stringify({ hosts: Object.fromEntries(hosts) }));
  return file;
}

function deployWords(version: string, ...args: string[]): string[] {
  const words = ['deploy', bundles[version] ?? '', '--hosts', join(work, 'hosts.yaml'), '--yes'];
  return [...words, '--settle', '0', '--state-dir', join(work, 'own'), ...args];
}

const deploy = (version: string, ...args: string[]) =>
  bundle(deployWords(version, ...args), { env: fleet.env });

const startDeploy = (version: string, ...args: string[]) =>
  startBundle(deployWords(version, ...args), { env: fleet.env });

/** Returns what runs on each host, by its engine. */
async function running(): Promise<string[]> {
  const label = `label=com.docker.compose.project=${product}`;
  const format = '{{.Label "com.docker.compose.service"}} {{.Image}} {{.Status}}';
  const found = engines.map((engine) =>
    docker(engine, 'ps', '--filter', label, '--format', format),
  );
  // The image has the digest of its release in its name.
  return (await Promise.all(found)).map((text) =>
    text.replace(/-[0-9a-f]{12} Up .*\((.*)\)$/, ' $1'),
  );
}

const all = (version: string): string[] => names.map(() => `web ${product}/web:${version} healthy`);

function hostOf(name: string) {
  const host = fleet.hosts.find((one) => one.name === name);
  if (host === undefined) throw new Error(`no host ${name}`);
  return host;
}

/** Resolves once so many more bytes went over the connections of a host. */
async function afterBytes(name: string, bytes: number): Promise<void> {
  const host = hostOf(name);
  const until = host.bytes() + bytes;
  await new Promise<void>((resolve) => {
    host.onBytes = (seen) => {
      if (seen >= until) resolve();
    };
  });
  host.onBytes = undefined;
}

const filesSent = async (name: string): Promise<string[]> =>
  readdir(join(hostOf(name).state, '_deploy'));

// BUNDLE_TEST_SWEEP=1 also has the cases that packages/fleet tests without engines.
const thorough = process.env['BUNDLE_TEST_SWEEP'] === '1' ? test : undefined;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'fleet-'));
  await removeContainers();
  const filler = randomBytes(layerBytes).toString('base64');
  const command = ['sleep', '1000000'];
  await buildBusybox('connected', { reference: `${product}/base:1`, files: { filler }, command });
  for (const version of ['1.0', '2.0', '3.0', '4.0']) await pack(version);
  const hosts = engines.map((engine, index) => ({ name: names[index] ?? '', engine }));
  fleet = await startSshHosts(join(work, 'ssh'), hosts);
  await writeHosts();
});

afterAll(async () => {
  await removeContainers();
  await fleet?.stop();
  await rm(work, { recursive: true, force: true });
});

async function removeContainers(): Promise<void> {
  const label = `label=com.docker.compose.project=${product}`;
  for (const engine of engines) {
    const ids = await docker(engine, 'ps', '-aq', '--filter', label);
    if (ids !== '') await docker(engine, 'rm', '-f', ...ids.split('\n'));
  }
}

thorough?.(
  'a host that fails at the very first deployment leaves no host with the application',
  async () => {
    await writeHosts({ [second]: '1.0' });
    const { code, stderr } = await deploy('1.0', '--parallel', '1');
    expect(stderr).toMatch(/host-2: .*is unhealthy/);
    expect(stderr).toContain('Every host runs what ran before.');
    expect(code).toBe(162);
    expect(await running()).toEqual(names.map(() => ''));
  },
);

test('hosts get exactly what they lack, and a second run sends nothing', async () => {
  await writeHosts();
  const { stdout } = await ending(0, deploy('1.0').then(withCode));
  expect(stdout).toMatch(/Deployed fleet-test 1\.0 to \d hosts/);
  expect(await running()).toEqual(all('1.0'));
  const before = fleet.hosts.map(({ bytes }) => bytes());
  const update = JSON.parse((await deploy('2.0', '--json')).stdout);
  const over = fleet.hosts.map(({ bytes }, index) => bytes() - (before[index] ?? 0));
  expect(await running()).toEqual(all('2.0'));
  for (const [index, bytes] of over.entries()) {
    const { lackingBytes, sentBytes } = update.hosts[index];
    expect(sentBytes).toBe(lackingBytes);
    expect(lackingBytes).toBeGreaterThan(layerBytes);
    expect(lackingBytes).toBeLessThan(layerBytes * 1.1);
    expect(bytes).toBeLessThan(lackingBytes * 1.1);
  }
  const status = await bundle(['deploy', '--hosts', join(work, 'hosts.yaml'), '--status'], {
    env: fleet.env,
  });
  for (const name of names) expect(status.stdout).toMatch(`${name}  ${product}   2.0      running`);
  const again = await deploy('2.0');
  expect(again.stdout).toMatch(/fleet-test 2\.0 runs on \d hosts already/);
  for (const name of names) expect(await filesSent(name)).toEqual([]);
});

thorough?.('changed settings reach a release that runs, or no host at all', async () => {
  const checks = () =>
    Promise.all(
      engines.map((engine) =>
        docker(engine, 'exec', `${product}-web-1`, 'sh', '-c', 'echo "$CHECK"'),
      ),
    );
  await writeHosts({ [first]: 'other', [second]: '2.0' });
  expect(await deploy('2.0')).toMatchObject({ code: 162 });
  expect(await checks()).toEqual(names.map(() => 'none'));
  await writeHosts({ [second]: 'other' });
  const { stdout } = await ending(0, deploy('2.0', '--json').then(withCode));
  const outcomes = JSON.parse(stdout).hosts.map(({ outcome }: { outcome: string }) => outcome);
  expect(outcomes).toEqual(names.map((name) => (name === second ? 'deployed' : 'already running')));
  expect(await checks()).toEqual(names.map((name) => (name === second ? 'other' : 'none')));
  expect(await running()).toEqual(all('2.0'));
});

thorough?.('a canary that does not become healthy keeps the others untouched', async () => {
  await writeHosts({ [first]: '3.0' });
  const before = hostOf(second).bytes();
  const { code, stdout } = await deploy('3.0', '--json');
  expect(code).toBe(162);
  const outcomes = JSON.parse(stdout).hosts.map(({ outcome }: { outcome: string }) => outcome);
  expect(outcomes).toEqual(['failed', ...names.slice(1).map(() => 'untouched')]);
  expect(hostOf(second).bytes() - before).toBeLessThan(50_000);
  expect(await running()).toEqual(all('2.0'));
});

test('the last host fails after the deploying command was killed once: all roll back, also those of the first run', async () => {
  await writeHosts();
  const killed = startDeploy('3.0');
  await afterBytes(second, 100_000);
  killed.kill('SIGKILL');
  await finished(killed);
  await writeHosts({ [last]: '3.0' });
  const { code, stdout, stderr } = await deploy('3.0', '--parallel', '1');
  for (const name of names.slice(0, -1)) expect(stderr).toContain(`${name}: rolled back`);
  expect(stdout).toMatch(/host-1 +rolled back +2\.0/);
  expect(code).toBe(162);
  expect(await running()).toEqual(all('2.0'));
});

test('a cut connection is made again, a second deployment is refused, and after Ctrl-C the next run goes on', async () => {
  await writeHosts();
  const before = hostOf(first).bytes();
  const child = startDeploy('4.0', '--json');
  const one = finished(child);
  await afterBytes(first, 1_000_000);
  await hostOf(first).killSessions();
  const other = await deploy('4.0');
  expect(other.stderr).toMatch(/another run in progress/);
  expect(other.code).toBe(44);
  await afterBytes(second, 100_000);
  child.kill('SIGINT');
  const { code, stdout } = await one;
  expect(code).toBe(130);
  const { hosts, error } = JSON.parse(stdout);
  // What was on its way when the session ended is sent again; what had arrived is not.
  expect(hostOf(first).bytes() - before).toBeLessThan(hosts[0].lackingBytes * 2 - 300_000);
  expect(hosts[0].outcome).toBe('deployed');
  expect(error.hint).toMatch(/of \d hosts run it\. The same command goes on where it stopped\./);
  await ending(0, deploy('4.0').then(withCode));
  expect(await running()).toEqual(all('4.0'));
});

test('a host without the command gets it, checked by its digest', async () => {
  const program = join(work, 'program');
  await writeFile(program, `#!/bin/sh\nexec ${bundleCommand[0]} "$@"\n`);
  const file = JSON.stringify({ hosts: { [first]: { command: '/nonexistent/bundle' } } });
  const hosts = parseHosts('hosts.yaml', file);
  const options = await deployOptions({ hosts, program });
  const report = await deployToHosts(options);
  expect(['deployed', 'already running']).toContain(report.outcome);
  const sent = (await filesSent(first)).filter((name) => /^bundle-[0-9a-f]{12}$/.test(name));
  expect(sent).toHaveLength(1);
});

test('what is wrong with hosts is said of all at once, and nothing changes', async () => {
  await hostOf(second).changeKey();
  const wrong = [second, ...['unknown', 'refused', 'down'].map((what) => `${first}-${what}`)];
  const file = join(work, 'wrong.yaml');
  await writeFile(file, JSON.stringify({ hosts: [first, ...wrong] }));
  const words = ['deploy', bundles['2.0'] ?? '', '--hosts', file, '--yes'];
  const state = ['--state-dir', join(work, 'own')];
  const { code, stderr } = await bundle([...words, ...state], { env: fleet.env });
  for (const name of wrong) expect(stderr).toContain(`connecting to ${name}`);
  expect(stderr).toContain('The key of that host differs from the one that ssh knows');
  expect(stderr).toContain('ssh does not know this host yet');
  expect(stderr).toContain('the host does not know your key');
  expect(stderr).toContain('Check the name and the port');
  expect(stderr).toContain('No host was changed.');
  expect(code).toBe(161);
});

const withCode = <T extends { code: number | null }>(one: T) => ({ ...one, code: one.code ?? -1 });

async function deployOptions({
  hosts,
  program,
}: {
  readonly hosts: DeployOptions['hosts'];
  readonly program: string;
}): Promise<DeployOptions> {
  return {
    opened: await openManifest(bundles['2.0'] ?? ''),
    hosts,
    knownHosts: hosts,
    hostsFile: join(work, 'other.yaml'),
    stateDir: join(work, 'own'),
    parallel: 1,
    canary: 0,
    startWords: ['--settle', '0', '--allow-older'],
    rollbackWords: [],
    settings: {},
    busySeconds: 10,
    version: (await bundle(['--version'])).stdout.trim(),
    program: { file: program, platform: { os: 'linux', architecture: 'amd64' } },
    dryRun: false,
    env: { ...process.env, ...fleet.env },
    onProgress: () => undefined,
    onLine: () => undefined,
    signal: new AbortController().signal,
    now: () => new Date(),
  };
}
