// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ComposeNeeds, Feature } from '@bundle/compose';
import type { EngineImage } from '@bundle/engine';
import { type CheckName, chainIds } from '@bundle/format';
import { parseSockets } from '@bundle/host';
import type { Check } from '../src/preflight/check.ts';
import {
  failures,
  onlyWarning,
  type PreflightFacts,
  preflightChecks,
  withIgnored,
} from '../src/preflight/checks.ts';
import { hostFeatures } from '../src/preflight/host-features.ts';
import { sysctlFile } from '../src/preflight/kernel.ts';
import { parseIpv6Routes, parseRoutes } from '../src/preflight/routes.ts';
import { engineBytes, stateBytes } from '../src/preflight/space.ts';
import { startChecks } from '../src/preflight/start-checks.ts';
import type { HostFeatures } from '../src/preflight/verdict.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const;
const platform = { os: 'linux', architecture: 'amd64' };
const layer = (letter: string, size: number, unpackedSize: number) => ({
  digest: digest(letter),
  mediaType: 'x',
  size,
  diffId: digest(letter === 'a' ? '1' : letter === 'b' ? '2' : '3'),
  unpackedSize,
});
const image = {
  reference: 'shop:1',
  services: ['web'],
  imageId: digest('e'),
  topDigest: digest('f'),
  manifestDigest: digest('f'),
  platform,
  layers: [layer('a', 100, 1000), layer('b', 20, 200)],
};

const nothing: ComposeNeeds = {
  waiting: [],
  idle: [],
  clashes: [],
  ports: [],
  names: [],
  limits: [],
  subnets: [],
  files: [],
  features: [],
  unsetPorts: [],
};

function facts(changes: Partial<PreflightFacts> = {}): PreflightFacts {
  return {
    manifest: {
      schemaVersion: 1,
      product: 'shop',
      version: '1.0',
      created: '2026-01-01T00:00:00Z',
      platform,
      sizes: { stored: 0, unpacked: 0 },
      images: [image],
      envFiles: [],
      leftOut: [],
      files: [],
    },
    order: { channel: 'stable', sequence: 7 },
    project: 'shop',
    engine: {
      runsContainers: true,
      description: 'Docker 28',
      version: '28.5.2',
      store: 'graph-driver',
      platform,
      readsZstd: true,
      loadsPartially: true,
      dataFolder: '/data',
      memoryBytes: 4e9,
      cpus: 2,
    },
    compose: '2.40.3',
    engineSpace: { folder: '/data', neededBytes: 1000, freeBytes: 1000, device: 1 },
    stateSpace: { folder: '/state', neededBytes: 10, freeBytes: 10, device: 2 },
    needs: nothing,
    inventory: { containers: [], networks: [], volumes: [] },
    listening: [],
    missingFiles: [],
    settings: { missing: [], invalid: [] },
    canAsk: false,
    mounts: { problems: [] },
    ...changes,
  };
}

function check(name: CheckName, changes: Partial<PreflightFacts>): Check {
  const found = preflightChecks(facts(changes)).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no check ${name}`);
  return found;
}

test('a host with everything needed passes every check', () => {
  expect(new Set(preflightChecks(facts()).map(({ result }) => result))).toEqual(new Set(['pass']));
});

test('one byte too little fails, with the missing amount', () => {
  const space = { folder: '/data', neededBytes: 1000, freeBytes: 999, device: 1 };
  const found = check('engine-disk', { engineSpace: space });
  expect(found).toMatchObject({ result: 'fail', found: expect.stringContaining('1 bytes short') });
  const state = { folder: '/state', neededBytes: 11, freeBytes: 10, device: 2 };
  expect(check('state-disk', { stateSpace: state }).result).toBe('fail');
  const readOnly = { ...facts().stateSpace, unwritable: 'EROFS: read-only file system' };
  expect(check('state-disk', { stateSpace: readOnly }).found).toContain('read-only');
});

test('an engine that takes no IPv6 address in a name gets no image with one', () => {
  const { engine, manifest } = facts();
  const addressed = {
    manifest: { ...manifest, images: [{ ...image, reference: '[fd00::1]:5000/app:1' }] },
  };
  expect(check('engine', addressed).result).toBe('pass');
  const older = { engine: { ...engine, refusesIpv6Names: true as const } };
  expect(check('engine', older).result).toBe('pass');
  expect(check('engine', { ...addressed, ...older })).toMatchObject({
    result: 'fail',
    found: expect.stringContaining('as in [fd00::1]:5000/app:1'),
  });
});

test('holes of Docker are looked for in Docker alone, whatever version another engine has', () => {
  const { engine } = facts();
  const old = { ...engine, version: '1.0.0' };
  expect(check('engine', { engine: old }).found).toContain('Docker 1.0.0 has CVE-2021-41190');
  expect(check('engine', { engine: { ...old, isPodman: true } })).toMatchObject({ result: 'pass' });
  const layout = { ...old, runsContainers: false, store: 'oci-layout' as const };
  expect(check('engine', { engine: layout })).toMatchObject({ result: 'pass' });
});

test('an incremental bundle fails only if an older containerd store is on another machine', () => {
  const { manifest, engine } = facts();
  const omitted = [{ digest: `sha256:${'0'.repeat(64)}` as const, size: 1 }];
  const { dataFolder: _, ...elsewhere } = { ...engine, store: 'containerd' as const };
  const older = { ...elsewhere, loadsPartially: false };
  const incremental = { manifest: { ...manifest, omitted }, engine: older };
  const found = check('engine', incremental);
  expect(found).toMatchObject({
    result: 'fail',
    found: expect.stringContaining('another machine'),
    hint: expect.stringMatching(/own host: import it there, bring a whole bundle/),
  });
  expect(check('engine', { engine: older }).result).toBe('pass');
  expect(
    check('engine', { ...incremental, engine: { ...older, dataFolder: '/data' } }).result,
  ).toBe('pass');
  expect(check('engine', { ...incremental, engine: elsewhere }).result).toBe('pass');
});

test('a disk without room for more files fails, or warns if their number is an estimate', () => {
  const few = { neededBytes: 10, freeBytes: 10, device: 1, inodes: { needed: 20, free: 19 } };
  const state = check('state-disk', { stateSpace: { folder: '/state', ...few } });
  expect(state).toMatchObject({ result: 'fail', hint: expect.stringContaining('df -i') });
  expect(state.found).toContain('only 19 of about 20 files');
  expect(check('engine-disk', { engineSpace: { folder: '/data', ...few } }).result).toBe('warn');
  const none = { ...few, folder: '/data', inodes: { needed: 20, free: 0 } };
  expect(check('engine-disk', { engineSpace: none }).result).toBe('fail');
  const enough = { ...few, folder: '/state', inodes: { needed: 20, free: 20 } };
  expect(check('state-disk', { stateSpace: enough }).result).toBe('pass');
});

test('a disk shared by engine and state folder has to hold both', () => {
  const engineSpace = { folder: '/data', neededBytes: 1000, freeBytes: 1009, device: 2 };
  expect(check('engine-disk', { engineSpace }).result).toBe('fail');
  const enough = { ...engineSpace, freeBytes: 1010 };
  expect(check('engine-disk', { engineSpace: enough }).result).toBe('pass');
});

const wanted = { service: 'web', address: '127.0.0.1', port: 8080, protocol: 'tcp' };
const container = (project: string | undefined, address: string, protocol = 'tcp') => ({
  name: 'other-1',
  imageId: '',
  ...(project === undefined ? {} : { project }),
  ports: [{ address, port: 8080, protocol }],
});

test.each([
  ['a container of another project', container('other', ''), 'fail'],
  ['a container of no project', container(undefined, '127.0.0.1'), 'fail'],
  ['a container of this product, which will be replaced', container('shop', ''), 'pass'],
  ['a container at another address', container('other', '10.0.0.1'), 'pass'],
  ['a container with the other protocol', container('other', '', 'udp'), 'pass'],
] as const)('a port of %s', (_case, one, result) => {
  const inventory = { containers: [one], networks: [], volumes: [] };
  // The engine listens on behalf of the container, as on a real host.
  const listening = [
    { protocol: 'tcp', address: '', port: 8080, inode: '1', process: 'docker-proxy (process 7)' },
  ] as const;
  const needs = { ...nothing, ports: [wanted] };
  const byEngine = one.ports[0]?.address === '' && one.ports[0].protocol === 'tcp' ? listening : [];
  expect(check('ports', { needs, inventory, listening: byEngine }).result).toBe(result);
});

test.each([
  [1, 'pass', '8080-8081/tcp free'],
  [2, 'fail', '8080-8081/tcp for web: 1 free, and 2 needed'],
])(
  'of a range with a taken port, %i containers take a free one: %s',
  (containers, result, found) => {
    const choice = { range: '8080-8081', containers };
    const ports = [wanted, { ...wanted, port: 8081 }].map((one) => ({ ...one, choice }));
    const inventory = { containers: [container('other', '')], networks: [], volumes: [] };
    const needs = { ...nothing, ports };
    expect(check('ports', { needs, inventory, listening: [] })).toMatchObject({ result, found });
  },
);

test('a process that uses a port is named; sockets that cannot be read are mentioned', () => {
  const needs = { ...nothing, ports: [wanted] };
  const listening = [
    { protocol: 'tcp', address: '', port: 8080, inode: '1', process: 'apache2 (process 7)' },
  ] as const;
  expect(check('ports', { needs, listening })).toMatchObject({
    result: 'fail',
    found: '8080/tcp for web is taken by apache2 (process 7)',
  });
  const { listening: _, ...unseen } = facts({ needs });
  expect(preflightChecks(unseen).find(({ name }) => name === 'ports')?.result).toBe('warn');
});

test.each([
  ['a container of another project', { kind: 'container', name: 'web', external: false }, 'fail'],
  ['a network of another project', { kind: 'network', name: 'net', external: false }, 'fail'],
  ['a volume of another project', { kind: 'volume', name: 'theirs', external: false }, 'fail'],
  ['a volume that nobody owns', { kind: 'volume', name: 'loose', external: false }, 'warn'],
  ['its own volume', { kind: 'volume', name: 'own', external: false }, 'pass'],
  ['an external network that exists', { kind: 'network', name: 'net', external: true }, 'pass'],
  [
    'an external network that does not exist',
    { kind: 'network', name: 'gone', external: true },
    'fail',
  ],
] as const)('the name of %s', (_case, name, result) => {
  const inventory = {
    containers: [{ name: 'web', imageId: '', ports: [] }],
    networks: [{ name: 'net' }],
    volumes: [
      { name: 'theirs', project: 'other' },
      { name: 'loose' },
      { name: 'own', project: 'shop' },
    ],
  };
  const needs = { ...nothing, names: [name] };
  expect(check('names', { needs, inventory }).result).toBe(result);
});

test('a project of the same name started elsewhere fails, as its start would, and is named', () => {
  expect(check('names', { foreign: '/home/dev/shop' })).toMatchObject({
    result: 'fail',
    found: 'a project shop already runs, started from /home/dev/shop',
    hint: expect.stringContaining('docker compose -p shop down'),
  });
  expect(check('names', { foreign: '/other/shop/releases/1.0-aabbccddeeff' })).toMatchObject({
    result: 'fail',
    hint: expect.stringContaining('--state-dir /other '),
  });
});

test.each([
  [{ cpus: 2 }, 'pass'],
  [{ cpus: 2.5 }, 'fail'],
  [{ cpuset: '0,1' }, 'pass'],
  [{ cpuset: '0-2' }, 'fail'],
  [{ memoryBytes: 4e9 }, 'pass'],
  [{ memoryBytes: 4e9 + 1 }, 'warn'],
] as const)('limits %j on a host with 2 processors and 4 GB', (limit, result) => {
  const needs = { ...nothing, limits: [{ service: 'a', keys: [], ...limit }] };
  expect(check('limits', { needs }).result).toBe(result);
});

test('limits that the engine drops are a warning each; limits that it refuses fail', () => {
  const keys = ['mem_limit', 'mem_swappiness', 'pids_limit'] as const;
  const needs = { ...nothing, limits: [{ service: 'db', keys }] };
  const engine = { ...facts().engine, unknownLimits: ['mem_limit', 'mem_swappiness'] };
  expect(check('limits', { needs, engine })).toMatchObject({
    result: 'warn',
    things: [
      {
        found: 'the engine ignores mem_limit of db: its memory is not limited',
        hint: expect.stringContaining('cgroup_enable=memory'),
      },
      { found: expect.stringContaining('mem_swappiness of db') },
    ],
  });
  const refused = { ...nothing, limits: [{ service: 'db', cpus: 1, keys: ['cpus'] as const }] };
  const without = { ...engine, unknownLimits: ['cpus'] };
  expect(check('limits', { needs: refused, engine: without }).result).toBe('fail');
});

test.each([
  ['2.24.4', 'pass'],
  ['v2.40.3-3', 'pass'],
  ['5.0.0', 'pass'],
  ['2.24.3', 'fail'],
  ['2.9.0', 'fail'],
])('Compose %s', (compose, result) => {
  expect(check('compose', { compose }).result).toBe(result);
});

test.each([
  ['2.40.3-3', '2.40.3'],
  ['2.37.1+ds1-0ubuntu2~24.04.1', '2.37.1'],
  ['2.40.3~rc1-1', '2.40.3~rc1'],
  ['v2.41.0-rc.1', '2.41.0-rc.1'],
  ['2.40.3-desktop.1', '2.40.3-desktop.1'],
])('Compose %s of a distribution is shown as %s', (compose, found) => {
  expect(check('compose', { compose }).found).toBe(found);
});

test.each([undefined, '2.9.0'])('with Compose %s, the one in the bundle is enough', (compose) => {
  const { compose: _, manifest, ...rest } = facts();
  const carried = { path: 'runtime/docker-compose.zst', size: 1, sha256: 'a'.repeat(64) };
  const withIt = { ...manifest, files: [...manifest.files, carried] };
  const found = preflightChecks({ ...rest, ...(compose && { compose }), manifest: withIt });
  expect(found.find(({ name }) => name === 'compose')).toMatchObject({ result: 'pass' });
});

test('a missing Compose plugin is explained with a way without packages; missing values are named', () => {
  const { compose: _, ...without } = facts();
  const found = preflightChecks(without).find(({ name }) => name === 'compose');
  expect(found).toMatchObject({ result: 'fail', hint: expect.stringContaining('cli-plugins') });
  const settings = { missing: ['KEY', 'web.env:TOKEN'], invalid: ['LEVEL'] };
  const missing = { ...settings, invalid: [] };
  // A start asks for them, or refuses: they cannot be set before the import.
  expect(check('settings', { settings: missing })).toMatchObject({ result: 'warn' });
  expect(check('settings', { settings })).toMatchObject({
    result: 'fail',
    found: 'no value for KEY, web.env:TOKEN; LEVEL has an invalid value',
    hint: expect.stringContaining('--set KEY=VALUE --set web.env:TOKEN=VALUE --set LEVEL=VALUE'),
  });
  expect(check('settings', { settings, canAsk: true }).result).toBe('warn');
});

test('for loading alone, requirements of the start are warnings; an ignored check is shown and stops nothing', () => {
  const settings = { missing: [], invalid: ['LEVEL'] };
  const other = { os: 'linux', architecture: 'arm64' };
  const checks = preflightChecks(
    facts({ settings, engine: { ...facts().engine, platform: other } }),
  );
  expect(failures(checks).map(({ name }) => name)).toEqual(['platform', 'settings']);
  expect(failures(onlyWarning(checks, startChecks)).map(({ name }) => name)).toEqual(['platform']);
  const ignored = withIgnored(checks, new Set(['settings']));
  expect(failures(ignored).map(({ name }) => name)).toEqual(['platform']);
  expect(ignored.find(({ name }) => name === 'settings')).toMatchObject({
    ignored: true,
    result: 'fail',
  });
});

const feature = (kind: Feature['kind'], detail = '', of = 'web'): Feature => ({ of, kind, detail });
const without: HostFeatures = { missing: new Set(), hasNvidia: false };

test.each<[string, Feature, Partial<PreflightFacts['engine']>, HostFeatures | undefined, string]>([
  ['a GPU on a host without', feature('gpu', 'nvidia'), {}, without, 'fail'],
  ['any GPU on a host without', feature('gpu'), {}, without, 'fail'],
  ['a GPU with a runtime in the engine', feature('gpu'), { runtimes: ['nvidia'] }, without, 'pass'],
  [
    'a GPU that the engine has found',
    feature('gpu'),
    { devices: ['amd.com/gpu=0'] },
    without,
    'pass',
  ],
  ['a GPU and the program for it', feature('gpu'), {}, { ...without, hasNvidia: true }, 'pass'],
  ['a GPU of another vendor', feature('gpu', 'amd'), {}, { ...without, hasNvidia: true }, 'fail'],
  ['a GPU of an unknown driver', feature('gpu', 'cdi'), {}, without, 'pass'],
  ['a GPU on another machine', feature('gpu'), {}, undefined, 'warn'],
  ['an existing device', feature('device', '/dev/null'), {}, without, 'pass'],
  [
    'a missing device',
    feature('device', '/dev/no'),
    {},
    { ...without, missing: new Set(['/dev/no']) },
    'fail',
  ],
  ['a device on another machine', feature('device', '/dev/no'), {}, undefined, 'warn'],
  ['a named device', feature('device', 'a.com/b=c'), { devices: ['a.com/b=c'] }, without, 'pass'],
  ['an unknown named device', feature('device', 'a.com/b=c'), { devices: [] }, without, 'fail'],
  ['a runtime', feature('runtime', 'runc'), {}, without, 'pass'],
  ['a runtime of containerd', feature('runtime', 'io.containerd.runsc.v1'), {}, without, 'pass'],
  ['a missing runtime', feature('runtime', 'sysbox-runc'), {}, without, 'fail'],
  ['a start interval', feature('engine-version', 'start_interval'), {}, without, 'pass'],
  [
    'a start interval on an older engine',
    feature('engine-version', 'start_interval'),
    { version: '24.0.9' },
    without,
    'fail',
  ],
  [
    'a missing kernel setting',
    feature('sysctl', 'net.no'),
    {},
    { ...without, missing: new Set(['/proc/sys/net/no']) },
    'fail',
  ],
  ['a logging driver', feature('log-driver', 'journald'), {}, without, 'pass'],
  ['a missing logging driver', feature('log-driver', 'loki'), {}, without, 'fail'],
  [
    'a logging plugin by its name alone',
    feature('log-driver', 'grafana/loki'),
    {},
    without,
    'pass',
  ],
  ['a missing network driver', feature('network-driver', 'weave', 'lan'), {}, without, 'fail'],
  [
    'an overlay network without a swarm',
    feature('network-driver', 'overlay', 'far'),
    { isInSwarm: false },
    without,
    'fail',
  ],
  [
    'an overlay network in a swarm',
    feature('network-driver', 'overlay', 'far'),
    { isInSwarm: true, drivers: { network: ['overlay'] } },
    without,
    'pass',
  ],
  [
    'a subpath of a volume on an older engine',
    feature('engine-version', 'subpath'),
    { version: '25.0.5' },
    without,
    'fail',
  ],
  [
    'an interface of the host that is not there',
    feature('interface', 'eth7', 'lan'),
    {},
    { ...without, missing: new Set(['/sys/class/net/eth7']) },
    'fail',
  ],
  [
    'a VLAN on a kernel without them',
    feature('interface', 'eth0.50', 'lan'),
    {},
    { ...without, modules: new Map([['8021q', false]]) },
    'fail',
  ],
  [
    'IPv6 on a host without',
    feature('ipv6', '', 'lan'),
    {},
    { ...without, missing: new Set(['/proc/net/if_inet6']) },
    'fail',
  ],
  [
    'a kernel module that is not there',
    feature('module', 'nfs', 'media'),
    {},
    { ...without, modules: new Map([['nfs', false]]) },
    'fail',
  ],
  [
    'a kernel module that is there',
    feature('module', 'nfs', 'media'),
    {},
    { ...without, modules: new Map([['nfs', true]]) },
    'pass',
  ],
  ['a kernel module nobody tells of', feature('module', 'nfs', 'media'), {}, without, 'warn'],
  ['a kernel module of another machine', feature('module', 'nfs'), {}, undefined, 'warn'],
  [
    'a tunnel that may do without the module',
    feature('module', 'wireguard'),
    {},
    { ...without, modules: new Map([['wireguard', false]]) },
    'warn',
  ],
  [
    'a capability that the host cannot give',
    feature('capability', 'BPF'),
    {},
    { ...without, capabilities: (1n << 38n) - 1n },
    'fail',
  ],
  [
    'a capability of the host',
    feature('capability', 'SYS_ADMIN'),
    {},
    { ...without, capabilities: 1n << 21n },
    'pass',
  ],
  ['all capabilities', feature('capability', 'ALL'), {}, { ...without, capabilities: 0n }, 'pass'],
  [
    'more open files than the kernel allows',
    feature('open-files', '2000000'),
    {},
    { ...without, openFiles: 1048576 },
    'fail',
  ],
  [
    'privileges on a rootless engine',
    feature('right', 'privileged'),
    { rights: { isRootless: true, mapsUsers: false } },
    without,
    'warn',
  ],
  [
    'the network of the host on an engine that maps users',
    feature('right', 'network_mode'),
    { rights: { isRootless: false, mapsUsers: true } },
    without,
    'fail',
  ],
  [
    'privileges on an ordinary engine',
    feature('right', 'privileged'),
    { rights: { isRootless: false, mapsUsers: false } },
    without,
    'pass',
  ],
  ['a missing volume driver', feature('volume-driver', 'rclone', 'nfs'), {}, without, 'fail'],
])('%s', (_case, one, changes, host, result) => {
  const drivers = {
    log: ['journald', 'grafana/loki:latest'],
    network: ['bridge'],
    volume: ['local'],
  };
  const engine = { ...facts().engine, runtimes: ['runc'], drivers, ...changes };
  const needs = { ...nothing, features: [one] };
  const found = check('features', { needs, engine, ...(host && { host }) });
  expect(found.result).toBe(result);
  expect(found.hint === undefined).toBe(result === 'pass');
  const layout = { ...engine, runsContainers: false };
  expect(check('features', { needs, engine: layout, ...(host && { host }) }).result).toBe('pass');
});

test.each([
  ['net.core.somaxconn', '/proc/sys/net/core/somaxconn'],
  ['net.ipv4.conf.eth0.rp_filter', '/proc/sys/net/ipv4/conf/all/rp_filter'],
  ['net.ipv4.conf.default.rp_filter', '/proc/sys/net/ipv4/conf/default/rp_filter'],
  ['net.ipv6.neigh.eth0.ucast_solicit', '/proc/sys/net/ipv6/neigh/default/ucast_solicit'],
])('%s is looked for where this kernel has it', async (name, file) => {
  expect(sysctlFile(name)).toBe(file);
  expect(await hostFeatures([feature('sysctl', name)])).toEqual(without);
});

test('a rootless engine fails for a low port, unless it publishes one already', () => {
  const needs = { ...nothing, ports: [{ ...wanted, port: 80 }] };
  const engine = { ...facts().engine, rights: { isRootless: true, mapsUsers: false } };
  const host = { ...without, firstPort: 1024 };
  expect(check('features', { needs, engine, host })).toMatchObject({
    result: 'fail',
    found: 'web publishes port 80, and this rootless engine can listen from 1024 on',
    hint: expect.stringContaining('ip_unprivileged_port_start=80'),
  });
  const podman = check('features', { needs, engine: { ...engine, isPodman: true }, host });
  expect(podman.hint).not.toContain('rootlesskit');
  const [other] = container('other', '').ports;
  if (other === undefined) throw new Error('no port');
  const able = { ...container('other', ''), ports: [{ ...other, port: 443 }] };
  const inventory = { containers: [able], networks: [], volumes: [] };
  expect(check('features', { needs, engine, host, inventory }).result).toBe('pass');
  expect(check('features', { needs, host }).result).toBe('pass');
});

test('several things that are missing have a line each, with its own way out', () => {
  const features = [feature('device', '/dev/no', 'jobs'), feature('runtime', 'sysbox', 'ci')];
  const host = { ...without, missing: new Set(['/dev/no']) };
  const engine = { ...facts().engine, runtimes: ['runc'] };
  expect(check('features', { needs: { ...nothing, features }, engine, host }).things).toEqual([
    {
      found: 'jobs uses the device /dev/no, which is not there',
      hint: 'Connect the device, or load its driver.',
    },
    {
      found: 'ci wants the runtime sysbox; the engine has runc',
      hint: expect.stringContaining('Install and configure'),
    },
  ]);
});

test.each([
  [
    'a network of another project',
    '10.9.1.0/24',
    'fail',
    /the network their_lan has 10\.9\.0\.0\/16/,
  ],
  ['a larger one around it', '10.0.0.0/8', 'fail', /their_lan/],
  ['a network without a project', '172.17.5.0/24', 'fail', /the network bridge has/],
  ['its own network, which is replaced', '10.8.0.0/24', 'pass', /free/],
  [
    'a network of the host',
    '192.168.7.128/25',
    'fail',
    /192\.168\.7\.0\/24 through eth0: it could lose/,
  ],
  ['an IPv6 network', 'fd00:1:2::/64', 'fail', /the network six/],
  ['nothing', '10.7.0.0/24', 'pass', /10\.7\.0\.0\/24 free/],
  ['something that is no subnet', 'x/y', 'pass', /free/],
] as const)('a subnet that overlaps %s', (_case, subnet, result, found) => {
  const inventory = {
    containers: [],
    networks: [
      { name: 'bridge', subnets: ['172.17.0.0/16'] },
      { name: 'their_lan', project: 'their', subnets: ['10.9.0.0/16'] },
      { name: 'shop_lan', project: 'shop', subnets: ['10.8.0.0/24'] },
      { name: 'six', subnets: ['fd00:1::/32'] },
    ],
    volumes: [],
  };
  const routes = [
    // Its own network has an interface of the host.
    { interface: 'br-1', subnet: '10.8.0.0/24' },
    { interface: 'eth0', subnet: '192.168.7.0/24' },
  ];
  const wantedSubnet = { network: 'shop_lan', subnet, isBridge: true };
  const needs = { ...nothing, subnets: [wantedSubnet] };
  const one = check('networks', { needs, inventory, routes });
  expect(one).toMatchObject({ result, found: expect.stringMatching(found) });
  expect(one.hint === undefined).toBe(result === 'pass');
});

test('a network that joins one of the host has its subnet', () => {
  const routes = [{ interface: 'eth0', subnet: '192.168.7.0/24' }];
  const subnets = [{ network: 'shop_lan', subnet: '192.168.7.0/24', isBridge: false }];
  expect(check('networks', { needs: { ...nothing, subnets }, routes }).result).toBe('pass');
});

test('the networks of the host are read from the kernel’s table, without the default route', () => {
  const table = `Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
tun0\t0000100A\t00000000\t0001\t0\t0\t0\t0000F0FF\t0\t0\t0
`;
  expect(parseRoutes(table)).toEqual([
    { interface: 'eth0', subnet: '192.0.2.0/24' },
    { interface: 'tun0', subnet: '10.16.0.0/12' },
  ]);
});

test('a network with IPv6 does not hide one that the host reaches', () => {
  const none = '0'.repeat(32);
  const line = (address: string, length: string, name: string) =>
    `${address.padEnd(32, '0')} ${length} ${none} 00 ${none} 00000100 00000001 00000000 00000001 ${name.padStart(8)}`;
  const routes = parseIpv6Routes(
    [
      line('fd000012', '40', 'eth0'),
      line('20010db8', '20', 'tun0'),
      line('', '00', 'eth0'),
      line('fe80', '40', 'eth0'),
      line('ff', '08', 'eth0'),
      line('fd000013', '40', 'lo'),
      '',
    ].join('\n'),
  );
  expect(routes).toEqual([
    { interface: 'eth0', subnet: 'fd00:12::/64' },
    { interface: 'tun0', subnet: '2001:db8::/32' },
  ]);
  const lan = (subnet: string) => ({
    ...nothing,
    subnets: [{ network: 'shop_lan', subnet, isBridge: true }],
  });
  expect(check('networks', { needs: lan('2001:db8:7::/64'), routes })).toMatchObject({
    result: 'fail',
    found: expect.stringContaining('this host reaches 2001:db8::/32 through tun0'),
  });
  expect(check('networks', { needs: lan('fd00:13::/64'), routes }).result).toBe('pass');
});

test('mounts that SELinux refuses are a warning with a way out, and missing ones come first', () => {
  const refused = ['/state/shop/releases/1/conf'];
  expect(check('mounts', { mounts: { problems: [], refused } })).toMatchObject({
    result: 'warn',
    found: expect.stringMatching(/SELinux .*neither z nor Z .*: \/state\/shop\/releases\/1\/conf$/),
    hint: expect.stringMatching(/`:z`.*chcon/),
  });
  const problems = [{ services: ['web'], path: '/srv/conf', problem: 'missing' as const }];
  expect(check('mounts', { mounts: { problems, refused } })).toMatchObject({
    result: 'fail',
    found: expect.stringContaining('/srv/conf'),
  });
  expect(check('mounts', { mounts: { problems: [], refused: [] } }).result).toBe('pass');
});

describe('an engine on another machine', () => {
  const kept = { services: ['web'], path: '/state/shop/releases/1/conf', isOfCommand: true };
  const theirs = { services: ['web'], path: '/srv/data', isOfCommand: false };

  test('fails for what services mount of this one, and says where it would look', () => {
    expect(check('mounts', { mounts: { elsewhere: [theirs, kept] } })).toMatchObject({
      result: 'fail',
      found:
        'the engine is on another machine and looks there for what is on this one: /state/shop/releases/1/conf (mounted by web)',
      hint: expect.stringMatching(/Copy the bundle to that machine.*--ignore mounts/),
    });
  });

  test('warns of paths of its own, which nobody can check from here', () => {
    expect(check('mounts', { mounts: { elsewhere: [theirs] } })).toMatchObject({
      result: 'warn',
      found: expect.stringContaining('could not be checked: /srv/data'),
    });
    expect(check('mounts', { mounts: { elsewhere: [] } }).result).toBe('pass');
  });
});

test('a device and a kernel setting that are not there are found missing', async () => {
  const asked = [
    feature('device', '/dev/null'),
    feature('device', '/dev/no'),
    feature('sysctl', 'net.no'),
  ];
  const { missing } = await hostFeatures([...asked, feature('device', 'vendor.com/a=b')]);
  expect([...missing]).toEqual(['/dev/no', '/proc/sys/net/no']);
});

test('the program for GPUs is found in the folders that are searched', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gpu-'));
  try {
    expect((await hostFeatures([feature('gpu')], false, folder)).hasNvidia).toBe(false);
    await writeFile(join(folder, 'nvidia-container-runtime-hook'), '');
    expect((await hostFeatures([feature('gpu')], false, `/nowhere:${folder}`)).hasNvidia).toBe(
      true,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('what is missing is named once, with what wants it', () => {
  const features = [
    feature('gpu', '', 'llm'),
    feature('device', '/dev/no', 'jobs'),
    feature('device', '/dev/no', 'jobs'),
  ];
  const host = { missing: new Set(['/dev/no']), hasNvidia: false };
  expect(check('features', { needs: { ...nothing, features }, host }).found).toBe(
    'llm wants a GPU, and the engine has none; jobs uses the device /dev/no, which is not there',
  );
});

test('a missing file of a secret is named with its place, and loading continues', () => {
  const missingFiles = [{ service: 'web', what: 'secret pw', path: '/state/shop/pw.txt' }];
  const checks = preflightChecks(facts({ missingFiles }));
  expect(checks.find(({ name }) => name === 'files')).toMatchObject({
    result: 'fail',
    found: '/state/shop/pw.txt, secret pw of web, is not there',
  });
  expect(failures(onlyWarning(checks, startChecks))).toEqual([]);
});

test('profiles: services that do not start are listed, and two alternatives at once fail', () => {
  const waiting = [{ service: 'gpu', profiles: ['gpu'] }];
  expect(check('profiles', { needs: { ...nothing, services: ['web'], waiting } })).toMatchObject({
    result: 'pass',
    found: 'web start; only with a profile: gpu (gpu)',
    hint: expect.stringContaining('--set COMPOSE_PROFILES='),
  });
  const services = ['web', 'worker'];
  const idle = ['worker'];
  expect(check('profiles', { needs: { ...nothing, services, idle } }).found).toBe(
    'all services start, except with a scale of 0: worker',
  );
  expect(check('profiles', { needs: { ...nothing, services, waiting, idle } }).found).toBe(
    'web start; only with a profile: gpu (gpu)',
  );
  const clashes = [{ services: ['cpu', 'gpu'] as const, over: 'container model' }];
  expect(check('profiles', { needs: { ...nothing, clashes } })).toMatchObject({
    result: 'fail',
    found: 'cpu and gpu both want the container model',
  });
});

test.each<[string, string, readonly string[], 'pass' | 'fail']>([
  ['a newer image of it', 'shop:2', ['web'], 'pass'],
  ['its image from another registry', 'registry.invalid:5000/shop:2', ['web'], 'pass'],
  ['another service', 'shop:1', ['wiki'], 'fail'],
  ['another image for its service', 'wiki:1', ['web'], 'fail'],
  ['only images for rebuilds', 'wiki:1', [], 'pass'],
])('an application that is here with %s', (_case, reference, services, result) => {
  const earlier = { version: '0.9', images: [{ ...image, reference, services: [...services] }] };
  expect(check('application', { earlier }).result).toBe(result);
});

test('another application of that name is named with its services', () => {
  const earlier = { version: '0.9', images: [{ ...image, services: ['wiki', 'db'] }] };
  expect(check('application', { earlier })).toMatchObject({
    found:
      'shop 0.9 is here and seems to be a different application, with the services db, wiki; this one has the service web',
    hint: expect.stringMatching(/--name.*--ignore application/),
  });
  expect(failures(onlyWarning(preflightChecks(facts({ earlier })), startChecks))).toHaveLength(1);
});

test('a port without a value is reported', () => {
  const needs = { ...nothing, unsetPorts: ['PORT'] };
  expect(check('ports', { needs }).found).toBe('no port is published; not known yet: ${PORT}');
});

describe('room for images', () => {
  const present = (diffIds: EngineImage['diffIds']): EngineImage => ({
    id: digest('9'),
    references: [],
    platform,
    created: '',
    diffIds,
    size: 0,
  });
  const diffIds = image.layers.map(({ diffId }) => diffId);
  const plain = { store: 'graph-driver', readsZstd: true, loadsPartially: true } as const;

  test('covers the sent and the unpacked bytes, with a share for small files', () => {
    expect(engineBytes([image], [], plain)).toBe(120 + 1320);
    expect(engineBytes([], [], plain)).toBe(0);
  });

  test('is not counted for layers that the engine has, or twice for the same layer', () => {
    const [first] = diffIds;
    if (first === undefined) throw new Error('no layer');
    expect(engineBytes([image], [present([first])], plain)).toBe(20 + 220);
    expect(chainIds(diffIds)).toHaveLength(2);
    const again = { ...image, reference: 'shop:2' };
    expect(engineBytes([image, again], [], plain)).toBe(120 + 1320);
  });

  test('counts uncompressed layers twice for an engine that cannot read compressed ones', () => {
    expect(engineBytes([image], [], { ...plain, readsZstd: false })).toBe(1200 + 1320);
  });

  test('a release takes whole blocks, and nothing for its images', () => {
    const files = [
      { path: 'images/blobs/sha256/a', size: 1e9, sha256: '' },
      { path: 'bundle.json', size: 1, sha256: '' },
    ];
    expect(stateBytes({ ...facts().manifest, files })).toBe(16 * 4096 + 2 * 4096);
  });

  test('programs that another release has take no room; an unpacked Compose does', () => {
    const files = [
      { path: 'runtime/bundle', size: 100 * 4096, sha256: '' },
      { path: 'runtime/docker-compose.zst', size: 10 * 4096, sha256: '' },
    ];
    const there = new Set(['runtime/bundle']);
    expect(stateBytes({ files }, there)).toBe((16 + 11) * 4096);
    expect(stateBytes({ files }, there, true)).toBe((16 + 11 + 50) * 4096);
  });
});

test('listening sockets are read from the kernel’s tables', () => {
  const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F91 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 0000000000000000 100 0 0 10 0`;
  expect(parseSockets(tcp, 'tcp')).toEqual([
    { protocol: 'tcp', address: '127.0.0.1', port: 8080, inode: '4242' },
  ]);
  const tcp6 = `head
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7 1 0
   1: 0000000000000000FFFF00000100007F:0051 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 8 1 0`;
  expect(parseSockets(tcp6, 'tcp').map(({ address, port }) => `${address}:${port}`)).toEqual([
    ':80',
    '127.0.0.1:81',
  ]);
});
