import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  buildBusybox,
  bundleCommand,
  docker,
  dockerRegistryProgram,
  type EngineName,
  engineFolder,
  onEngine,
  outputOf,
  startEngines,
  startOnEngine,
  swarmNodes,
} from '@bundle/testkit';
import { bundleOn, ending, packRelease, pageOn, writeProject } from './small-app.ts';

// Three managers with no way out, and a registry on one of them. The kernel may lack IPVS, so ports are published by
// the host mode, and services are found by round-robin DNS.

const manager = 'swarm-1';
const registry = '192.168.203.2:5005';
const port = 8097;
const recipient = 'age1l9j4yazss7vjjwqy46ke9g7r0ncw6lxvjx8szhx7yaplpucn8g0qz9wyms';
const identity = 'AGE-SECRET-KEY-13QQ38TSEYH7ZX4GM4ZF2L20TZE2VT8GRKJD0PH9W92TXWADJAHDQ2Q30FL';
let work: string;
let state: string;
let log: string;
let server: ReturnType<typeof startOnEngine> | undefined;
const bundles = new Map<string, string>();

/** Asks the next container of `api`, once. */
const asking = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
address=$(busybox nslookup api 2>/dev/null | busybox sed -n '/^Name/{n;s/Address: //p}' | busybox head -n 1)
busybox wget -qO- "http://$address/" || echo "failed at $address"
`;
// A server that goes on for a second answers those who still know its address.
const serving = ['sh', '-c', 'trap "sleep 1; exit 0" TERM; busybox httpd -f -p 80 -h /www & wait'];

const compose = (version: string, check: string): string => `services:
  web:
    image: swarmed/web:1
    command: [sh, -c, 'chmod +x /www/cgi-bin/api; exec busybox httpd -f -p 80 -h /www']
    container_name: front
    depends_on: {api: {condition: service_healthy}}
    ports: [{target: 80, published: "${port}", mode: host}]
    volumes: ["./page.html:/conf/page.html:ro"]
    environment: {DOLLARS: "a$$b"}
    deploy: {mode: global, endpoint_mode: dnsrr, update_config: {monitor: 500ms}}
  api:
    image: swarmed/api:${version}
    healthcheck: {test: ["CMD", "sh", "-c", "${check}"], interval: 1s, retries: 2, start_period: 3s, start_interval: 200ms}
    deploy: {replicas: 3, endpoint_mode: dnsrr, update_config: {order: start-first, monitor: 500ms}}
`;

/** Builds a server whose releases differ in one layer. */
async function buildApi(version: string): Promise<void> {
  const folder = await writeProject(work, `api-${version}`, {
    'index.html': `api ${version}\n`,
    Dockerfile: 'FROM swarmed/base:1\nCOPY index.html /www/index.html\n',
  });
  await docker(manager, 'build', '-q', '-t', `swarmed/api:${version}`, folder);
}

async function pack(version: string, check: string, page: string): Promise<void> {
  const web = {
    reference: 'swarmed/web:1',
    files: { 'www/cgi-bin/api': asking },
    command: ['true'],
  };
  await buildApi(version);
  const files = { 'page.html': `${page}\n` };
  const images = [web];
  const release = { product: 'swarmed', version, images, files, compose: compose(version, check) };
  bundles.set(version, await packRelease(work, release, manager));
}

function deploy(version: string, ...flags: string[]) {
  const options = ['--registry', `${registry}/shop`, '--plain-http', registry, '--settle', '1'];
  const args = ['deploy', 'swarm', bundles.get(version) ?? '', ...options, '--yes', ...flags];
  return bundleOn(manager, state, args);
}

/** Packs an application of its own whose services run the web server. */
async function packOdd(
  product: string,
  compose: string,
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  const images = [{ reference: 'swarmed/odd:1', command: ['sh', '-c', 'echo serving'] }];
  const release = { product, version: '1', images, files, compose };
  bundles.set(product, await packRelease(work, release, manager));
}

async function kill(engine: EngineName): Promise<void> {
  const pid = Number(await readFile(join(await engineFolder(engine), 'docker.pid'), 'utf8'));
  process.kill(pid, 'SIGKILL');
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 150; tries += 1) {
    if (await isSo()) return;
    await sleep(200);
  }
  throw new Error(`never: ${what}`);
}

beforeAll(async () => {
  await startEngines(...swarmNodes);
  work = await mkdtemp(join(tmpdir(), 'swarm-'));
  state = join(work, 'state');
  log = join(work, 'registry.log');
  const good = 'busybox wget -qO- http://127.0.0.1/ >/dev/null';
  await buildBusybox(manager, { reference: 'swarmed/base:1', command: serving });
  await pack('1.0', good, 'first page');
  await pack('2.0', good, 'first page');
  await pack('3.0', 'false', 'first page');
  await pack('4.0', good, 'second page');
  const config = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(work, 'registry') } },
    http: { addr: registry },
  };
  await writeFile(join(work, 'registry.yml'), JSON.stringify(config));
  const line = `exec ${dockerRegistryProgram} serve ${join(work, 'registry.yml')} >${log} 2>&1`;
  server = startOnEngine('swarm-2', ['sh', '-c', line]);
});
afterAll(async () => {
  await bundleOn(manager, state, ['uninstall', '--yes']);
  server?.kill('SIGTERM');
  for (const node of swarmNodes) {
    await docker(node, 'image', 'prune', '--all', '--force');
  }
  await rm(work, { recursive: true, force: true });
});

test('a preview ends with the deployment as the next command', async () => {
  const { stdout } = await ending(0, deploy('1.0', '--dry-run'));
  const bundle = bundles.get('1.0') ?? '';
  expect(stdout).toContain(
    `deploy swarm ${bundle} --registry ${registry}/shop --plain-http ${registry}`,
  );
});

test('of two deployments at once one runs on all nodes, and says what the stack does not have', async () => {
  const both = await Promise.all([deploy('1.0', '--json'), deploy('1.0', '--json')]);
  // The other one waits for it or ends, as the second run of any command on an application does.
  const stdout = both.find(({ stdout }) => stdout.includes('"outcome": "started"'))?.stdout ?? '{}';
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({
    outcome: 'started',
    notes: [{ service: 'web', fields: ['depends_on'] }],
    nodes: [{ state: 'ready' }, { state: 'ready' }, { state: 'ready' }],
  });
  expect(report.services).toHaveLength(6);
  for (const node of swarmNodes) expect(await pageOn(node, port)).toContain('404');
  const names = await docker(
    'swarm-3',
    'ps',
    '--format',
    '{{.Names}}',
    '--filter',
    'name=swarmed_web',
  );
  const inside = ['sh', '-c', 'echo "$DOLLARS"; cat /conf/page.html'];
  expect(await docker('swarm-3', 'exec', names, ...inside)).toBe('a$b\nfirst page');
  const status = await ending(0, bundleOn(manager, state, ['status', '--json']));
  expect(JSON.parse(status.stdout).instances).toMatchObject([{ state: 'running', version: '1.0' }]);
});

test('an update fetches only what a node lacks, and fails no request', async () => {
  const stop = join(work, 'stop');
  const url = `http://192.168.203.3:${port}/cgi-bin/api`;
  const loop = `while [ ! -e ${stop} ]; do busybox wget -qO- ${url} || echo failed; done`;
  const asked = outputOf(startOnEngine(manager, ['sh', '-c', loop]));
  const before = (await readFile(log, 'utf8')).length;
  await ending(0, deploy('2.0'));
  await writeFile(stop, '');
  const answers = (await asked).stdout.trim().split('\n');
  expect([...new Set(answers)].sort()).toEqual(['api 1.0', 'api 2.0']);
  const fetched = [
    ...(await readFile(log, 'utf8')).slice(before).matchAll(/"GET (\S+\/blobs\/\S+)/g),
  ];
  const byBlob = new Map<string, number>();
  for (const [, path = ''] of fetched) byBlob.set(path, (byBlob.get(path) ?? 0) + 1);
  // The configuration and the layer with the page, once for each of the two nodes without it that runs a task.
  expect(byBlob.size).toBe(2);
  expect(Math.max(...byBlob.values())).toBeLessThanOrEqual(2);
});

test('an update that is not healthy is rolled back', async () => {
  const { code, stderr } = await deploy('3.0', '--timeout', '40');
  expect({ code, stderr }).toMatchObject({ code: 87, stderr: expect.stringContaining('api: ') });
  const status = await ending(0, bundleOn(manager, state, ['status', '--json']));
  const [instance] = JSON.parse(status.stdout).instances;
  expect(instance).toMatchObject({ state: 'running', version: '2.0', failed: [{}] });
  expect(await pageOn('swarm-3', port)).toContain('404');
});

test('a node that is down does not stop a deployment, and gets it when it is back with old images', async () => {
  await kill('swarm-3');
  const list = ['node', 'ls', '--format', '{{.Status}}'] as const;
  await until('a node is down', async () => (await docker(manager, ...list)).includes('Down'));
  const { stdout } = await ending(0, deploy('4.0', '--json'));
  expect(JSON.parse(stdout).nodes).toContainEqual(expect.objectContaining({ state: 'down' }));
  await startEngines('swarm-3');
  await until('it runs the release', async () => {
    const config = await docker('swarm-3', 'ps', '-q', '--filter', 'name=swarmed_web');
    if (config === '') return false;
    const page = await onEngine('swarm-3', ['docker', 'exec', config, 'cat', '/conf/page.html']);
    return page.stdout === 'second page\n';
  });
  await until('all is well', async () => (await bundleOn(manager, state, ['status'])).code === 0);
});

test('a rollback goes on when the manager was killed in its middle and is back', async () => {
  const flags = ['--state-dir', state, '--no-progress', '--settle', '1', '--timeout', '90'];
  const args = ['rollback', '--yes', ...flags];
  const child = startOnEngine(manager, [...bundleCommand, ...args]);
  const ended = outputOf(child);
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      if (String(chunk).includes('Updating service')) resolve();
    });
  });
  await kill(manager);
  await startEngines(manager);
  const { code, stderr } = await ended;
  expect(code === 0 ? '' : stderr).toBe('');
  const status = await ending(0, bundleOn(manager, state, ['status', '--json']));
  expect(JSON.parse(status.stdout).instances).toMatchObject([{ state: 'running', version: '2.0' }]);
});

test('logs and uninstall work on the stack', async () => {
  const logs = await ending(0, bundleOn(manager, state, ['logs', 'api', '--json']));
  expect(JSON.parse(logs.stdout)).toMatchObject({ name: 'swarmed' });
  await ending(0, bundleOn(manager, state, ['uninstall', '--yes']));
  expect(await docker(manager, 'service', 'ls', '-q')).toBe('');
  expect(await docker(manager, 'ps', '-aq', '--filter', 'name=swarmed')).toBe('');
});

test('a job that has ended is done, a service may have no replicas, and a constraint that no node meets is told', async () => {
  const web = 'image: "swarmed/odd:1", command: [sh, -c, "exec busybox httpd -f -p 80"]';
  await packOdd(
    'odd',
    `services:
  web: {${web}, configs: [middle], deploy: {endpoint_mode: dnsrr, placement: {constraints: ["\${WHERE:-node.role == manager}"]}}}
  job: {image: "swarmed/odd:1", volumes: ["./empty:/empty:ro"], deploy: {mode: replicated-job, replicas: 3}}
  idle: {${web}, deploy: {replicas: 0}}
configs: {middle: {file: ./middle}}
`,
    { empty: '', middle: 'x'.repeat(600_000) },
  );
  const { stdout } = await ending(0, deploy('odd', '--json'));
  const { services } = JSON.parse(stdout);
  const seen = services.map(({ service, why }: { service: string; why: string }) => [service, why]);
  expect(seen.sort()).toEqual([...[1, 2, 3].map(() => ['job', 'done']), ['web', 'running']]);
  const nowhere = ['--set', 'WHERE=node.labels.disk == fast', '--timeout', '5'];
  const { code, stderr } = await deploy('odd', ...nowhere);
  expect({ code, stderr }).toMatchObject({
    code: 87,
    stderr: expect.stringContaining('web: pending: no suitable node'),
  });
  const named = ['--name', 'odd'];
  const status = await ending(0, bundleOn(manager, state, ['status', '--json', ...named]));
  expect(JSON.parse(status.stdout).instances).toMatchObject([{ state: 'running' }]);
  await ending(0, bundleOn(manager, state, ['uninstall', '--yes', ...named]));
});

test('a job runs once on each node and again with each deployment, and one that fails is told', async () => {
  const job = (name: string, deploy: string): string =>
    `  ${name}: {image: "swarmed/odd:1", command: [sh, -c, "sleep 2; exit \${${name.toUpperCase()}-0}"], deploy: {${deploy}}}\n`;
  // Swarm refuses an `update_config` of a job.
  const each = job('each', 'mode: global-job, update_config: {order: start-first}');
  const two = job('two', 'mode: replicated-job, replicas: 2, restart_policy: {condition: none}');
  const idle = '  idle: {image: "swarmed/odd:1", deploy: {replicas: 0}}\n';
  await packOdd('jobs', `services:\n${each}${two}${idle}`);
  const done = ['each', 'each', 'each', 'two', 'two'].map((service) => [service, 'done']);
  const seen = (services: { service: string; why: string }[]): string[][] =>
    services.map(({ service, why }) => [service, why]).sort();
  const first = JSON.parse((await ending(0, deploy('jobs', '--json'))).stdout);
  expect(seen(first.services)).toEqual(done);
  expect(first.notes).toEqual([{ service: 'each', fields: ['deploy.update_config'] }]);
  expect(first.plan.services).toContainEqual(
    expect.objectContaining({ service: 'idle', change: 'stays at 0' }),
  );
  const named = ['--name', 'jobs'];
  const status = await ending(0, bundleOn(manager, state, ['status', '--json', ...named]));
  const [instance] = JSON.parse(status.stdout).instances;
  expect(instance).toMatchObject({ state: 'running', changes: [] });
  expect(seen(instance.services)).toEqual(done);
  // One of them is another job now, and Swarm runs the other one again too: what it came to before does not count.
  const again = JSON.parse((await ending(0, deploy('jobs', '--json', '--set', 'EACH=00'))).stdout);
  expect(seen(again.services)).toEqual(done);
  const tasks = await docker(manager, 'service', 'ps', '--quiet', 'jobs_two');
  expect(tasks.split('\n')).toHaveLength(4);
  const failed = await deploy('jobs', '--set', 'TWO=3');
  expect(failed).toMatchObject({ code: 87, stderr: expect.stringContaining('two: failed: ') });
  expect(failed.stderr).toContain('non-zero exit (3)');
  await ending(0, bundleOn(manager, state, ['uninstall', '--yes', ...named]));
});

test('an external secret that the swarm lacks is told, and a service whose mode changes is made again', async () => {
  await packOdd(
    'moded',
    `services:
  web: {image: "swarmed/odd:1", command: [sh, -c, "exec busybox httpd -f -p 80"], secrets: [key], deploy: {endpoint_mode: dnsrr, mode: "\${MODE:-replicated}"}}
secrets: {key: {external: true, name: moded_key}}
`,
  );
  for (const flags of [['--dry-run'], []]) {
    const lacking = await deploy('moded', ...flags);
    expect(lacking).toMatchObject({
      code: 89,
      stderr: expect.stringContaining('secret moded_key'),
    });
  }
  await onEngine(manager, ['sh', '-c', 'printf x | docker secret create moded_key -']);
  const first = JSON.parse((await ending(0, deploy('moded', '--json'))).stdout);
  expect(first.services).toHaveLength(1);
  const other = JSON.parse(
    (await ending(0, deploy('moded', '--json', '--set', 'MODE=global'))).stdout,
  );
  expect(other.services).toHaveLength(3);
  await ending(0, bundleOn(manager, state, ['uninstall', '--yes', '--name', 'moded']));
  await docker(manager, 'secret', 'rm', 'moded_key');
});

test('what only the service says is deployed with the same tasks, once, and its sealed settings are opened once', async () => {
  await packOdd(
    'said',
    `services:
  web: {image: "swarmed/odd:1", command: [sh, -c, "exec busybox httpd -f -p 80"], deploy: {endpoint_mode: dnsrr, labels: {team: "\${TEAM}"}}}
`,
  );
  const file = join(work, 'said.age');
  const given = ['--set', 'TEAM=one', '--recipient', recipient, '-o', file];
  const sealing = [...bundleCommand, 'settings', bundles.get('said') ?? '', ...given];
  await ending(0, onEngine(manager, sealing));
  // A pipe is read once: a second reader would wait for ever, as somebody would be asked twice for a passphrase.
  const pipe = join(work, 'pipe');
  await ending(0, onEngine(manager, ['mkfifo', pipe]));
  const typed = onEngine(manager, ['sh', '-c', `echo ${identity} >${pipe}`]);
  await ending(0, deploy('said', '--settings', file, '--identity', pipe));
  await typed;
  const labels = () =>
    docker(
      manager,
      'service',
      'inspect',
      'said_web',
      '--format',
      '{{.Spec.Labels.team}} {{.Version.Index}}',
    );
  const tasks = () => docker(manager, 'service', 'ps', '-q', 'said_web');
  const before = await tasks();
  expect(await labels()).toMatch(/^one /);
  await ending(0, deploy('said', '--set', 'TEAM=two'));
  const changed = await labels();
  expect(changed).toMatch(/^two /);
  expect(JSON.parse((await ending(0, deploy('said', '--json'))).stdout).outcome).toBe(
    'already running',
  );
  expect(await labels()).toBe(changed);
  expect(await tasks()).toBe(before);
  await ending(0, bundleOn(manager, state, ['uninstall', '--yes', '--name', 'said']));
});

test('names and files that Swarm refuses are told before anything is pushed or changed', async () => {
  await packOdd('dotted', 'services: {web.api: {image: "swarmed/odd:1"}}\n');
  await packOdd(
    'large',
    'services: {web: {image: "swarmed/odd:1", configs: [big]}}\nconfigs: {big: {file: ./big}}\n',
    { big: 'x'.repeat(1_024_000) },
  );
  const before = await readFile(log, 'utf8');
  for (const flags of [['--dry-run'], []]) {
    const dotted = await deploy('dotted', ...flags);
    expect(dotted.stderr).toContain('found:    dotted_web.api');
    const large = await deploy('large', ...flags);
    expect(large.stderr).toMatch(/found: +1024000 bytes in /);
    for (const { code } of [dotted, large]) expect(code).toBe(11);
  }
  expect(await readFile(log, 'utf8')).toBe(before);
  const { stdout } = await ending(0, bundleOn(manager, state, ['status', '--json']));
  const instances = JSON.parse(stdout).instances as { name: string }[];
  const refused = instances.filter(({ name }) => name === 'dotted' || name === 'large');
  expect(refused).toEqual([]);
  expect(await docker(manager, 'service', 'ls', '-q')).toBe('');
});

test('without a registry, nodes that lack an image are told of, and nodes that imported the bundle run it', async () => {
  const loaded = join(work, 'loaded');
  const args = ['deploy', 'swarm', bundles.get('1.0') ?? '', '--yes', '--settle', '1'];
  const { stderr } = await ending(87, bundleOn(manager, loaded, args));
  expect(stderr).toMatch(
    /No such image: swarmed\/api:1\.0-[0-9a-f]{12} \(\S+\); import the bundle/,
  );
  const words = ['import', bundles.get('1.0') ?? '', '--yes'];
  for (const node of ['swarm-2', 'swarm-3'] as const)
    await ending(0, bundleOn(node, join(work, node), words));
  await ending(0, bundleOn(manager, loaded, args));
  await ending(0, bundleOn(manager, loaded, ['uninstall', '--yes']));
});
