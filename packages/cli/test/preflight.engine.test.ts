import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check } from '@bundle/import';
import {
  bundleCommand,
  docker,
  exitOf,
  fixtureImages,
  type Output,
  onEngine,
  startOnEngine,
} from '@bundle/testkit';

const target = 'offline-28';
/** With unique content, so that all of it has to be loaded. */
const image = 'preflight/data:1';

const nginx = fixtureImages[2] ?? '';

let work: string;
let bundle: string;
let state: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'preflight-'));
  state = join(work, 'state');
  await mkdir(state);
  await build('data', 'linux/amd64', image);
  bundle = await exported(
    'shop',
    `{ web: { image: "${image}", ports: ["18080:80", "18081:81"] } }`,
  );
});
afterAll(async () => {
  await docker('connected', 'rmi', '-f', image);
  await rm(work, { recursive: true, force: true });
});

async function build(name: string, platform: string, tag: string): Promise<void> {
  const folder = await mkdtemp(join(work, `${name}-`));
  await writeFile(join(folder, 'data'), randomBytes(2_000_000));
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY data /\n');
  await docker('connected', 'build', '-q', '--platform', platform, '-t', tag, folder);
}

async function exported(name: string, services: string, ...flags: string[]): Promise<string> {
  const folder = join(work, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'compose.yml'), `name: ${name}\nservices: ${services}\n`);
  const output = join(work, `${name}.tar`);
  const args = ['export', join(folder, 'compose.yml'), '-o', output, '--no-runtime', ...flags];
  const { code, stderr } = await onEngine('connected', [...bundleCommand, ...args]);
  if (code !== 0) throw new Error(stderr);
  return output;
}

/** Returns the output of preflight and import, and checks that neither left anything. */
async function refused(before: readonly string[], name: string): Promise<string> {
  const flags = ['--state-dir', state];
  const command = [...before, ...bundleCommand];
  const shown = await onEngine(target, [...command, 'preflight', bundle, ...flags]);
  expect(shown.code).toBe(81);
  const imported = await onEngine(target, [...command, 'import', bundle, '--yes', ...flags]);
  expect(imported).toMatchObject({ code: 81, stderr: expect.stringContaining(`--ignore ${name}`) });
  expect(await docker(target, 'images', '-q', image)).toBe('');
  return shown.stdout;
}

const checksOf = ({ stdout }: Output): Check[] => JSON.parse(stdout).checks;
const json = (...words: string[]) => onEngine(target, [...words, '--state-dir', state, '--json']);

test('ports used by a container and a process are reported with their owners; loading continues with a warning', async () => {
  await onEngine(target, ['sh', '-c', `docker load -q -i "$1"`, 'sh', await savedImage()]);
  const flags = ['-d', '--name', 'squatter', '--label', 'com.docker.compose.project=other'];
  await docker(target, 'run', ...flags, '-p', '127.0.0.1:18080:80', nginx);
  const listen = `require('node:net').createServer().listen(18081, () => console.log('on'))`;
  const other = startOnEngine(target, [process.execPath, '-e', listen]);
  await new Promise((resolve) => other.stdout?.once('data', resolve));
  try {
    const result = await json(...bundleCommand, 'preflight', bundle);
    expect(result.code).toBe(81);
    const ports = checksOf(result).find(({ name }) => name === 'ports');
    expect(ports).toMatchObject({ result: 'fail' });
    expect(ports?.found).toContain(
      '18080/tcp for web is taken by the container squatter, of the project other',
    );
    expect(ports?.found).toMatch(/18081\/tcp for web is taken by \S+ \(process \d+\)/);
    const ignored = await json(...bundleCommand, 'preflight', bundle, '--ignore', 'ports');
    expect(ignored.code).toBe(0);
    expect(checksOf(ignored)).toContainEqual({ ...ports, ignored: true });
    const line = ['import', bundle, '--dry-run', '--state-dir', state];
    const loaded = await onEngine(target, [...bundleCommand, ...line]);
    expect(loaded).toMatchObject({ code: 0, stderr: expect.stringMatching(/^warn {2}ports/m) });
  } finally {
    other.kill();
    await exitOf(other);
    await docker(target, 'rm', '-f', 'squatter');
  }
});

test('names in use, missing requirements and limits beyond the host are reported before anything is loaded', async () => {
  const services = `{ web: { image: "${image}", container_name: taken-web, cpus: 4000, networks: [net, far], volumes: ["data:/data"] } }
networks: { net: { name: taken-net }, far: { name: no-such-net, external: true } }
volumes: { data: { name: taken-data } }`;
  const over = `{ web: { image: "${image}", mem_limit: 4000g } }`;
  const [taken, large] = [await exported('taken', services), await exported('large', over)];
  await onEngine(target, ['sh', '-c', `docker load -q -i "$1"`, 'sh', await savedImage()]);
  const label = ['--label', 'com.docker.compose.project=other'];
  await docker(target, 'create', '--name', 'taken-web', nginx);
  await docker(target, 'network', 'create', ...label, 'taken-net');
  await docker(target, 'volume', 'create', ...label, 'taken-data');
  try {
    const result = await json(...bundleCommand, 'preflight', taken);
    expect(result.code).toBe(81);
    const failed = checksOf(result).filter((check) => check.result === 'fail');
    expect(failed.map(({ name }) => name)).toEqual(['names', 'limits']);
    for (const words of [
      'the container taken-web already exists, not of a Compose project',
      'the network taken-net already exists, of the project other',
      'the volume taken-data already exists, of the project other',
      'the network no-such-net, which the application expects, is not there',
    ])
      expect(failed[0]?.found).toContain(words);
    expect(failed[1]?.found).toMatch(/web wants 4000 processors, there are \d+/);
    const up = await json(...bundleCommand, 'import', taken, '--up', '--yes');
    expect(up).toMatchObject({ code: 81, stdout: expect.stringContaining('--ignore names') });
    expect(await docker(target, 'images', '-q', image)).toBe('');
    // Docker accepts such a limit, so people have to decide.
    const limits = checksOf(await json(...bundleCommand, 'preflight', large)).find(
      ({ name }) => name === 'limits',
    );
    expect(limits?.result).toBe('warn');
    expect(limits?.found).toMatch(/^limits of 4294\.97 GB in total, .* of memory$/);
  } finally {
    await docker(target, 'rm', '-f', 'taken-web');
    await docker(target, 'network', 'rm', 'taken-net');
    await docker(target, 'volume', 'rm', 'taken-data');
  }
});

test('what the kernel, the networks and the engine here cannot do is told line by line', async () => {
  const services = `
  web: { image: "${image}", networks: [own, far, lan], cpuset: "0-4000", volumes: ["media:/media"], ulimits: { nofile: 4000000000 } }
networks:
  own: { ipam: { config: [{ subnet: 10.213.7.0/24 }] } }
  far: { driver: overlay }
  lan: { driver: macvlan, driver_opts: { parent: no-such0 } }
volumes:
  media: { driver_opts: { type: no_such_fs, device: x } }`;
  const asking = await exported('asking', services);
  await docker(target, 'network', 'create', '--subnet', '10.213.0.0/16', 'their-lan');
  try {
    const result = await json(...bundleCommand, 'preflight', asking);
    expect(result.code).toBe(81);
    const failed = new Map(
      checksOf(result)
        .filter((check) => check.result === 'fail')
        .map(({ name, found }) => [name, found]),
    );
    expect([...failed.keys()]).toEqual(['networks', 'limits', 'features']);
    expect(failed.get('networks')).toBe(
      'the network asking_own takes 10.213.7.0/24, and the network their-lan has 10.213.0.0/16',
    );
    expect(failed.get('limits')).toMatch(/web wants the processors 0-4000, there are 0 to \d+/);
    for (const words of [
      'web may open 4000000000 files, and this kernel allows ',
      'the network far wants the driver overlay, and the engine is not in a swarm',
      'the network lan uses the interface no-such0, which is not there',
    ])
      expect(failed.get('features')).toContain(words);
    const shown = await onEngine(target, [...bundleCommand, 'preflight', asking]);
    expect(shown.stdout).toMatch(/^fail {2}features .*\n +→ .*\n {19}the network/m);
    // The engine says the same.
    const refusal = onEngine(target, 'docker network create --subnet 10.213.7.0/24 x'.split(' '));
    expect(await refusal).toMatchObject({ stderr: expect.stringContaining('overlaps') });
  } finally {
    await docker(target, 'network', 'rm', 'their-lan');
  }
});

test('a GPU, a device, a runtime and a secret that are not here are told before anything is loaded', async () => {
  const services = `
  llm: { image: "${image}", deploy: { resources: { reservations: { devices: [{ driver: nvidia, capabilities: [gpu] }] } } } }
  jobs: { image: "${image}", devices: ["/dev/no-such-device:/dev/x", "/dev/null:/dev/y"], runtime: no-such-runtime }
  web: { image: "${image}", secrets: [pw], logging: { driver: no-such-logger } }
secrets: { pw: { file: pw.txt } }`;
  await mkdir(join(work, 'lacking'));
  await writeFile(join(work, 'lacking/pw.txt'), 'canary');
  const lacking = await exported('lacking', services);
  const result = await json(...bundleCommand, 'preflight', lacking);
  expect(result.code).toBe(81);
  const failed = checksOf(result).filter((check) => check.result === 'fail');
  expect(failed.map(({ name }) => name)).toEqual(['features', 'files']);
  for (const words of [
    'llm wants a GPU of nvidia, and the engine has none',
    'jobs uses the device /dev/no-such-device, which is not there',
    'jobs wants the runtime no-such-runtime',
    'web wants the logging driver no-such-logger',
  ])
    expect(failed[0]?.found).toContain(words);
  expect(failed[0]?.found).not.toContain('/dev/null');
  expect(failed[1]?.found).toMatch(
    /lacking\/releases\/[^ ]+\/pw\.txt, secret pw of web, is not there/,
  );
  const up = await json(...bundleCommand, 'import', lacking, '--up', '--yes');
  expect(up).toMatchObject({ code: 81, stdout: expect.stringContaining('--ignore features') });
  expect(await docker(target, 'images', '-q', image)).toBe('');
  const loaded = await json(...bundleCommand, 'import', lacking, '--dry-run');
  expect(loaded.code).toBe(0);
});

async function savedImage(): Promise<string> {
  const file = join(work, 'image.tar');
  await docker('connected', 'save', '-o', file, nginx);
  return file;
}

/** Returns a command prefix that replaces a folder with a small ext4 file system on a loop device. */
function smallDisk(folder: string, flags = ''): string[] {
  const file = join(work, 'disk.img');
  const script = `truncate -s 1M "$1" && mkfs.ext4 -q -F ${flags} "$1" && mount -o loop "$1" "$2" && shift 2 && exec "$@"`;
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', file, folder];
}

test('row 57: a state folder with too little room is refused before anything is loaded', async () => {
  const fill = [
    'sh',
    '-c',
    'dd if=/dev/zero of="$1/full" bs=4k count=1000 2>/dev/null; truncate -s -40960 "$1/full"; shift; exec "$@"',
    'sh',
    state,
  ];
  const words = await refused([...smallDisk(state), ...fill], 'state-disk');
  expect(words).toMatch(/fail {2}state-disk .*bytes short/);
});

test('row 57: a state folder with room for too few files is refused', async () => {
  const files = `i=0; while touch "$1/$i" 2>/dev/null; do i=$((i + 1)); done; rm "$1/0" "$1/1" "$1/2"; shift; exec "$@"`;
  const fill = ['sh', '-c', files, 'sh', state];
  const words = await refused([...smallDisk(state, '-N 16'), ...fill], 'state-disk');
  expect(words).toMatch(/fail {2}state-disk .*room for only 3 of about/);
});

test('the required space is exact: one block less is refused', async () => {
  const disk = join(work, 'exact');
  await mkdir(disk);
  await onEngine(target, ['mount', '-t', 'tmpfs', '-o', 'size=2m', 'exact', disk]);
  const look = () =>
    onEngine(target, [...bundleCommand, 'preflight', bundle, '--state-dir', disk, '--json']);
  const leave = async (bytes: number): Promise<void> => {
    await rm(join(disk, 'filler'), { force: true });
    const { bavail, bsize } = await statfs(disk);
    await writeFile(join(disk, 'filler'), Buffer.alloc(bavail * bsize - bytes));
  };
  const stateDisk = async (): Promise<Check | undefined> =>
    checksOf(await look()).find(({ name }) => name === 'state-disk');
  try {
    await leave(0);
    const needed = Number(/(\d+) bytes short/.exec((await stateDisk())?.found ?? '')?.[1]);
    await leave(needed - 4096);
    expect(await stateDisk()).toMatchObject({ result: 'fail' });
    expect((await stateDisk())?.found).toContain('4096 bytes short');
    await leave(needed);
    expect(await stateDisk()).toMatchObject({ result: 'pass' });
    const args = ['import', bundle, '--yes', '--state-dir', disk];
    expect(await onEngine(target, [...bundleCommand, ...args])).toMatchObject({ code: 0 });
  } finally {
    await onEngine(target, ['umount', disk]);
    await docker(target, 'rmi', image);
  }
});

test('row 58: an engine folder with too little room is refused before anything is loaded', async () => {
  const folder = await docker(target, 'info', '--format', '{{.DockerRootDir}}');
  const words = await refused(smallDisk(folder), 'engine-disk');
  expect(words).toMatch(/fail {2}engine-disk .*bytes short/);
});

test('without the compose plugin it explains the way without packages, and loads', async () => {
  const cli = [process.execPath, join(import.meta.dirname, '../bin/bundle.cjs')];
  const without = ['env', 'PATH=/nonexistent', ...cli];
  const result = await json(...without, 'preflight', bundle);
  expect(result.code).toBe(81);
  const compose = checksOf(result).find(({ name }) => name === 'compose');
  expect(compose).toMatchObject({ result: 'fail', hint: expect.stringContaining('cli-plugins') });
  expect(await json(...without, 'import', bundle, '--dry-run')).toMatchObject({ code: 0 });
});

test('a bundle for another platform fails one check, and its import has the matching code', async () => {
  const platform = 'linux/arm64';
  await build('arm', platform, 'preflight/arm:1');
  const services = '{ a: { image: "preflight/arm:1" } }';
  const arm = await exported('arm', services, '--platform', platform);
  await docker('connected', 'rmi', 'preflight/arm:1');
  const result = await json(...bundleCommand, 'preflight', arm);
  expect(result.code).toBe(81);
  const failed = checksOf(result).filter((check) => check.result === 'fail');
  expect(failed).toMatchObject([{ name: 'platform' }]);
  expect(await json(...bundleCommand, 'import', arm, '--yes')).toMatchObject({ code: 60 });
});
