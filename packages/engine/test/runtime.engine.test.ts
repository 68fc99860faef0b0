import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buildBusybox, docker, dockerHost, engineEnv, printedBy } from '@bundle/testkit';
import { createComposeTool } from '../src/compose-cli.ts';
import type { Runtime } from '../src/containers.ts';
import { createDockerRuntime } from '../src/docker/containers.ts';
import { resolveEndpoint } from '../src/endpoint.ts';
import { testRuntime } from './contracts/runtime-contract.ts';

const never = new AbortController().signal;
const image = 'runtime-test:1';
const project = 'runtime-test';
const quiet = (): void => undefined;

describe.each(['offline-28', 'offline-28-containerd'] as const)('the runtime of %s', (engine) => {
  let folder: string;
  let runtime: Runtime;
  let compose: ReturnType<typeof createComposeTool>;
  const ofProject = { files: [], profiles: [], projectName: project };
  const start = () => compose.start({ ...ofProject, files: [join(folder, 'a.yml')] }, quiet, never);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runtime-'));
    await buildBusybox(engine, { reference: image, command: ['sleep', '600'] });
    const dockerHostUrl = await dockerHost(engine);
    runtime = await createDockerRuntime(await resolveEndpoint(dockerHostUrl, {}));
    compose = createComposeTool({ env: await engineEnv(engine), dockerHost: dockerHostUrl });
    const service = `{image: "${image}", volumes: ["data:/data"], stop_grace_period: 0s}`;
    await writeFile(
      join(folder, 'a.yml'),
      `services: {good: ${service}}\nvolumes: {data: {labels: {kept: "yes"}}}\n`,
    );
  });
  afterAll(async () => {
    await compose.down(ofProject, { volumes: true }, quiet, never);
    await docker(engine, 'rmi', '-f', image);
    await rm(folder, { recursive: true, force: true });
  });

  describe('meets the contract', () => testRuntime(async () => ({ runtime, compose, image })));

  it('a command runs in a running container and returns its exit code and output', async () => {
    await start();
    const [good] = await runtime.containers(project);
    const inside = await runtime.exec(good?.id ?? '', ['sh', '-c', 'echo "$0"; exit 4', 'hello']);
    expect(inside).toEqual({ exitCode: 4, output: 'hello\r\n' });
  });

  it('a volume is read, and recreated with the same content, owners, modes and labels', async () => {
    const fill =
      'echo kept > /data/a; mkdir -p /data/d; echo b > /data/d/b; chown 7:8 /data/d/b; chmod 640 /data/d/b; chmod 750 /data';
    await docker(engine, 'exec', `${project}-good-1`, 'sh', '-c', fill);
    const [volume] = await runtime.volumes(project);
    if (volume === undefined) throw new Error('no volume');
    expect(volume).toMatchObject({ name: `${project}_data`, driver: 'local' });
    const parts: Buffer[] = [];
    for await (const part of await runtime.readVolume(volume, image, never)) parts.push(part);
    const archive = join(folder, 'data.tar');
    await writeFile(archive, Buffer.concat(parts));
    await docker(
      engine,
      'exec',
      `${project}-good-1`,
      'sh',
      '-c',
      'rm -r /data/d; echo new > /data/c',
    );
    await compose.down(ofProject, { volumes: false }, quiet, never);
    const { createReadStream } = await import('node:fs');
    await runtime.replaceVolume(volume, image, createReadStream(archive), never);
    expect(await runtime.volumes(project)).toEqual([volume]);
    const look = ['sh', '-c', 'cd /data && ls -1 && cat a d/b && stat -c "%u:%g %a" d/b . '];
    const seen = await printedBy(engine, '-v', `${volume.name}:/data`, image, ...look);
    expect(seen.split('\n')).toEqual(['a', 'd', 'kept', 'b', '7:8 640', '0:0 750']);
    const all = await docker(engine, 'ps', '-aq', '--filter', 'status=created');
    expect(all).toBe('');
  });

  const containersOf = (...filter: string[]) => docker(engine, 'ps', '-aq', ...filter);

  it.each([0, 1, 2])('an aborted read of a volume leaves no container (%i)', async (round) => {
    const [volume] = await runtime.volumes(project);
    if (volume === undefined) throw new Error('no volume');
    const before = await containersOf();
    const stop = new AbortController();
    const archive = await runtime.readVolume(volume, image, stop.signal);
    // Before the first read, right after it starts, or in the middle.
    if (round === 0) stop.abort();
    else if (round === 1) setImmediate(() => stop.abort());
    else archive.once('data', () => stop.abort());
    const target = new Writable({ write: (_chunk, _encoding, done) => done() });
    await expect(pipeline(archive, target, { signal: stop.signal })).rejects.toThrow();
    if (!archive.closed) await once(archive, 'close');
    expect(await containersOf()).toBe(before);
  });

  it('a failure while a volume is written is reported, and leaves no container', async () => {
    const before = await containersOf();
    const volume = { name: `${project}_broken`, driver: 'local', options: {}, labels: {} };
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.alloc(512);
      throw new Error('the copy cannot be read');
    };
    const written = runtime.replaceVolume(volume, image, Readable.from(broken()), never);
    await expect(written).rejects.toThrow('the copy cannot be read');
    expect(await containersOf()).toBe(before);
    await docker(engine, 'volume', 'rm', volume.name);
  });

  it('what a killed run left on a volume does not keep it from being read, replaced and removed', async () => {
    const labels = { 'com.docker.compose.project': project };
    const volume = { name: `${project}_held`, driver: 'local', options: {}, labels };
    const made = ['volume', 'create', '--label', `com.docker.compose.project=${project}`];
    await docker(engine, ...made, volume.name);
    const leave = () =>
      docker(
        engine,
        ...['create', '--label', `bundle.helper=${project}`, '-v', `${volume.name}:/v`, image],
      );
    await leave();
    expect(await runtime.volumeUsers(volume.name)).toMatchObject([{ project }]);
    const parts: Buffer[] = [];
    for await (const part of await runtime.readVolume(volume, image, never)) parts.push(part);
    expect(await runtime.volumeUsers(volume.name)).toEqual([]);
    await leave();
    await runtime.replaceVolume(volume, image, Readable.from(parts), never);
    await leave();
    await runtime.removeHelpers('another');
    expect(await runtime.volumeUsers(volume.name)).toHaveLength(1);
    await runtime.removeHelpers(project);
    await docker(engine, 'volume', 'rm', volume.name);
  });

  it.each([0, 5, 20, 60, 120, 250, 500])(
    'a command that is stopped after %i ms does not keep running',
    async (afterMs) => {
      const before = await containersOf();
      const request = { project, environment: [], mounts: [], hosts: [] };
      const stop = new AbortController();
      const began = performance.now();
      const run = runtime.run({ ...request, image, command: ['sleep', '30'] }, stop.signal);
      if (afterMs === 0) stop.abort();
      else setTimeout(() => stop.abort(), afterMs);
      await expect(run).rejects.toThrow();
      expect(performance.now() - began).toBeLessThan(15_000);
      expect(await containersOf()).toBe(before);
    },
  );

  it('a command runs once, without a network, with names that resolve to itself', async () => {
    await mkdir(join(folder, 'conf'), { recursive: true });
    await writeFile(join(folder, 'conf/x'), 'mounted\n');
    const { exitCode, output } = await runtime.run(
      {
        project,
        image,
        entrypoint: ['sh', '-c'],
        command: ['cat /conf/x; echo $A; ls /sys/class/net; grep backend /etc/hosts; exit 4'],
        environment: ['A=1'],
        mounts: [{ type: 'bind', source: join(folder, 'conf'), target: '/conf' }],
        hosts: ['backend'],
      },
      never,
    );
    expect(output.split(/\s+/).filter(Boolean)).toEqual([
      'mounted',
      '1',
      'lo',
      '127.0.0.1',
      'backend',
    ]);
    expect(exitCode).toBe(4);
  });
});
