import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBusybox, docker, dockerHost, engineEnv } from '@bundle/testkit';
import type { ComposeLifecycle } from '../src/compose.ts';
import { createComposeTool } from '../src/compose-cli.ts';
import type { Runtime } from '../src/containers.ts';
import { createDockerRuntime } from '../src/docker/containers.ts';
import { resolveEndpoint } from '../src/endpoint.ts';

const never = new AbortController().signal;
const image = 'runtime-test:1';
const project = 'runtime-test';
const quiet = (): void => undefined;

describe.each(['offline-28', 'offline-28-containerd'] as const)('what runs on %s', (engine) => {
  let folder: string;
  let runtime: Runtime;
  let compose: ComposeLifecycle;
  const request = () => ({ files: [join(folder, 'a.yml')], profiles: [], projectName: project });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runtime-'));
    await buildBusybox(engine, { reference: image, command: ['sleep', '600'] });
    const dockerHostUrl = await dockerHost(engine);
    runtime = await createDockerRuntime(await resolveEndpoint(dockerHostUrl, {}));
    compose = createComposeTool({ env: await engineEnv(engine), dockerHost: dockerHostUrl });
    await writeFile(
      join(folder, 'a.yml'),
      `services:
  good: {image: "${image}", volumes: ["data:/data"], healthcheck: {test: "echo fine", interval: 1s, start_interval: 100ms, start_period: 5s}, stop_grace_period: 0s}
  once: {image: "${image}", command: ["sh", "-c", "echo was here; exit 3"]}
volumes: {data: {labels: {kept: "yes"}}}
`,
    );
  });
  afterAll(async () => {
    await compose.down(
      { files: [], profiles: [], projectName: project },
      { volumes: true },
      quiet,
      never,
    );
    await docker(engine, 'rmi', '-f', image);
    await rm(folder, { recursive: true, force: true });
  });

  it('is seen with health, exit code and the hash that Compose gives it', async () => {
    await compose.start(request(), quiet, never);
    const wanted = await compose.services(request());
    let [good, once] = await runtime.containers(project);
    for (let round = 0; round < 50 && good?.health !== 'healthy'; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      [good, once] = await runtime.containers(project);
    }
    expect(good).toMatchObject({ service: 'good', state: 'running', health: 'healthy' });
    expect(good).toMatchObject({ workingDir: folder, image, restartCount: 0, restartPolicy: 'no' });
    expect(good?.healthOutput).toBe('fine\n');
    expect(once).toMatchObject({ service: 'once', state: 'exited', exitCode: 3 });
    const found = [good, once].map((one) => [
      one?.service,
      { hash: one?.configHash, replicas: 1, startFirst: false },
    ]);
    expect(new Map(found as never)).toEqual(wanted);
    expect(good?.networks).toMatchObject([{ aliases: expect.arrayContaining(['good']) }]);
    const inside = await runtime.exec(good?.id ?? '', ['sh', '-c', 'echo "$0"; exit 4', 'hello']);
    expect(inside).toEqual({ exitCode: 4, output: 'hello\r\n' });
    expect((await runtime.exec(good?.id ?? '', ['no-such-command'])).exitCode).toBeGreaterThan(125);
    const lines: string[] = [];
    await compose.logs(request(), ['once'], { tail: 5 }, (line) => lines.push(line), never);
    expect(lines.join('\n')).toContain('was here');
    const none = once?.id ?? '';
    await runtime.removeContainer(none);
    await runtime.removeContainer(none);
    expect((await runtime.containers(project)).map(({ service }) => service)).toEqual(['good']);
  });

  it('a service that is gone from the file is removed, and one that fails to start is told', async () => {
    const text = `services: {good: {image: "${image}", volumes: ["data:/data"], stop_grace_period: 0s}}\nvolumes: {data: {labels: {kept: "yes"}}}\n`;
    await writeFile(join(folder, 'a.yml'), text);
    await compose.start(request(), quiet, never);
    expect((await runtime.containers(project)).map(({ service }) => service)).toEqual(['good']);
    await writeFile(join(folder, 'b.yml'), 'services: {bad: {image: "runtime-none:1"}}\n');
    const bad = { ...request(), files: [join(folder, 'a.yml'), join(folder, 'b.yml')] };
    await expect(compose.start(bad, quiet, never)).rejects.toMatchObject({ code: 'start-failed' });
  });

  it('a volume is read, and made again with the same content, owners, modes and labels', async () => {
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
    await compose.down(
      { files: [], profiles: [], projectName: project },
      { volumes: false },
      quiet,
      never,
    );
    const { createReadStream } = await import('node:fs');
    await runtime.replaceVolume(volume, image, createReadStream(archive), never);
    expect(await runtime.volumes(project)).toEqual([volume]);
    const look = ['sh', '-c', 'cd /data && ls -1 && cat a d/b && stat -c "%u:%g %a" d/b . '];
    const seen = await docker(engine, 'run', '--rm', '-v', `${volume.name}:/data`, image, ...look);
    expect(seen.split('\n')).toEqual(['a', 'd', 'kept', 'b', '7:8 640', '0:0 750']);
    const all = await docker(engine, 'ps', '-aq', '--filter', 'status=created');
    expect(all).toBe('');
  });

  it('a command runs once, without a network, with names that lead to itself', async () => {
    await mkdir(join(folder, 'conf'), { recursive: true });
    await writeFile(join(folder, 'conf/x'), 'mounted\n');
    const { exitCode, output } = await runtime.run(
      {
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
