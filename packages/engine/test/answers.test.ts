import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { createDockerEngine } from '../src/docker/engine.ts';
import { resolveEndpoint } from '../src/endpoint.ts';
import type { Engine } from '../src/engine.ts';

// Answers that the private engines do not give on demand.

let folder: string;
let server: Server | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'answers-'));
});
afterEach(async () => {
  server?.close();
  await rm(folder, { recursive: true });
});

async function engineThat(answer: (path: string) => Promise<unknown> | unknown): Promise<Engine> {
  server = createServer(async ({ url = '' }, response) => {
    const body = JSON.stringify(await answer(url.split('?')[0] ?? ''));
    response.setHeader('content-type', 'application/json').end(body);
  });
  const socket = join(folder, 'socket');
  await new Promise<void>((resolve) => server?.listen(socket, resolve));
  return createDockerEngine(await resolveEndpoint(`unix://${socket}`, {}));
}

const never = new AbortController().signal;

test.each<[string, (engine: Engine) => Promise<void>]>([
  ['a pull', (engine) => engine.pullImage('app:1', undefined, () => undefined, never)],
  ['a load', (engine) => engine.loadImages(Readable.from([Buffer.alloc(10)]), never)],
])(
  'an engine that disappears in the middle of its answer to %s is reported by name',
  async (_, work) => {
    server = createServer((request, response) => {
      request.resume();
      response.write('{"status":"begun"}\n', () =>
        setTimeout(50).then(() => request.socket.destroy()),
      );
    });
    const socket = join(folder, 'socket');
    await new Promise<void>((resolve) => server?.listen(socket, resolve));
    const engine = await createDockerEngine(await resolveEndpoint(`unix://${socket}`, {}));
    await expect(work(engine)).rejects.toMatchObject({
      code: 'engine-unreachable',
      details: { hint: expect.stringMatching(/was lost/) },
    });
  },
);

/** An engine that answers as podman on Debian does. */
const podman = (Version: string): Promise<Engine> => {
  const version = {
    Components: [{ Name: 'Podman Engine', Version }, { Name: 'Conmon' }],
    ...{ Version, ApiVersion: '1.41', Os: 'linux', Arch: 'amd64' },
  };
  const info = { Driver: 'vfs', DriverStatus: [] };
  return engineThat((path) => (path.endsWith('version') ? version : info));
};

test('podman, which speaks Docker’s API, is podman and not an old Docker', async () => {
  expect(await (await podman('4.3.1')).info()).toMatchObject({
    description: expect.stringMatching(/^podman 4\.3\.1 at /),
    isPodman: true,
    loadsPartially: false,
  });
});

test.each([
  ['Docker', { SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless'] }, true],
  ['podman', { SecurityOptions: ['name=seccomp,profile=default'], Rootless: true }, true],
  ['podman', { SecurityOptions: ['name=seccomp,profile=default'], Rootless: false }, false],
  ['Docker', {}, false],
])('%s that says %j of itself is rootless: %s', async (_, info, expected) => {
  const version = { Version: '28.5.2', ApiVersion: '1.51', Os: 'linux', Arch: 'amd64' };
  const own = { Driver: 'overlay2', ...info };
  const engine = await engineThat((path) => (path.endsWith('version') ? version : own));
  expect((await engine.info()).rights?.isRootless).toBe(expected);
});

test.each([
  ['1', true, ['mem_limit', 'cpus', 'pids_limit']],
  ['2', true, []],
  ['1', false, []],
])(
  'with control groups %s, a podman that is rootless (%s) ignores the limits %j',
  async (CgroupVersion, Rootless, ignored) => {
    const version = { Version: '4.3.1', ApiVersion: '1.41', Os: 'linux', Arch: 'amd64' };
    const Components = [{ Name: 'Podman Engine', Version: '4.3.1' }];
    const offered = { MemoryLimit: true, CpuCfsQuota: true, PidsLimit: true };
    const info = { Driver: 'overlay', CgroupVersion, Rootless, ...offered };
    const engine = await engineThat((path) =>
      path.endsWith('version') ? { ...version, Components } : info,
    );
    const { unknownLimits } = await engine.info();
    expect(unknownLimits).toEqual(expect.arrayContaining(ignored));
    if (ignored.length === 0) expect(unknownLimits).not.toContain('mem_limit');
  },
);

test.each([
  [['name=seccomp,profile=builtin', 'name=selinux', 'name=cgroupns'], true],
  [['name=apparmor', 'name=seccomp,profile=/etc/docker/selinux.json'], undefined],
  [null, undefined],
])('the security options %j say whether SELinux is in use', async (SecurityOptions, expected) => {
  const version = { Version: '28.5.2', ApiVersion: '1.51', Os: 'linux', Arch: 'amd64' };
  const info = { Driver: 'overlay2', SecurityOptions };
  const engine = await engineThat((path) => (path.endsWith('version') ? version : info));
  expect((await engine.info()).usesSelinux).toBe(expected);
});

test('a podman that is too old is refused as such', async () => {
  await expect((await podman('3.0.1')).info()).rejects.toMatchObject({
    code: 'engine-too-old',
    details: { found: 'podman 3.0.1' },
  });
});

test('hundreds of images are inspected a few at a time', async () => {
  const id = (number: number): string => `sha256:${String(number).padStart(64, '0')}`;
  const all = Array.from({ length: 300 }, (_, number) => ({ Id: id(number) }));
  let asked = 0;
  let most = 0;
  const engine = await engineThat(async (path) => {
    if (path === '/images/json') return all;
    asked += 1;
    most = Math.max(most, asked);
    await setTimeout(2);
    asked -= 1;
    const Id = path.split('/').at(-2);
    return { Id, Os: 'linux', Architecture: 'amd64', Size: 1, RootFS: { Layers: [] } };
  });
  expect((await engine.listImages()).map((image) => image.id)).toEqual(all.map(({ Id }) => Id));
  expect(most).toBeLessThanOrEqual(16);
});
