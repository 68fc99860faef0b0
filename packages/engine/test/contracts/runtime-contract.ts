// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTar } from '@bundle/archive';
import { packVolume, type VolumeEntry } from '@bundle/testkit';
import type { ComposeLifecycle, ComposeTool } from '../../src/compose.ts';
import type { ProjectContainer, Runtime } from '../../src/containers.ts';

const never = new AbortController().signal;
const quiet = (): void => undefined;

/** An engine with this image, whose command runs until it is stopped, and without containers of these projects. */
export interface RuntimeUnderTest {
  readonly runtime: Runtime;
  readonly compose: ComposeTool & ComposeLifecycle;
  readonly image: string;
}

export const contractProject = 'runtime-contract';

/** Tests the behaviour of an engine's containers and Compose plugin that starting and replacing releases needs. */
export function testRuntime(open: () => Promise<RuntimeUnderTest>): void {
  const project = contractProject;
  const ofProject = { files: [], profiles: [], projectName: project };
  let folder: string;
  let { runtime, compose, image }: Partial<RuntimeUnderTest> = {};
  const tools = (): RuntimeUnderTest => {
    if (!runtime || !compose || !image) throw new Error('not opened');
    return { runtime, compose, image };
  };
  const request = (...more: string[]) => ({
    ...ofProject,
    files: ['a.yml', ...more].map((file) => join(folder, file)),
  });
  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  const start = (...more: string[]) => tools().compose.start(request(...more), quiet, never);
  const seen = () => tools().runtime.containers(project);
  const ids = async () => (await seen()).map(({ id }) => id);
  const only = async (): Promise<ProjectContainer> => {
    const [first, ...others] = await seen();
    if (first === undefined || others.length > 0) throw new Error('not one container');
    return first;
  };
  const down = (volumes: boolean) => tools().compose.down(ofProject, { volumes }, quiet, never);

  const one = (more = ''): string => `services:
  good:
    image: "${image}"
    volumes: ["data:/data"]
    stop_grace_period: 0s
    healthcheck: {test: "echo fine", interval: 1s, start_interval: 100ms, start_period: 5s}
${more}
volumes: {data: {labels: {kept: "yes"}}}
`;
  const once = `  once: {image: "${'IMAGE'}", command: ["sh", "-c", "echo was here; exit 3"]}`;

  beforeAll(async () => {
    ({ runtime, compose, image } = await open());
    folder = await mkdtemp(join(tmpdir(), 'runtime-'));
  });
  afterAll(async () => {
    await down(true);
    await rm(folder, { recursive: true, force: true });
  });

  test('containers are listed with health, exit code and the hash that Compose gives them', async () => {
    await write('a.yml', one(once.replace('IMAGE', tools().image)));
    await start();
    const wanted = await tools().compose.services(request());
    for (let round = 0; round < 50; round += 1) {
      if ((await seen())[0]?.health === 'healthy') break;
      await sleep(100);
    }
    const [good, ended] = await seen();
    expect(good).toMatchObject({ service: 'good', state: 'running', health: 'healthy' });
    expect(good).toMatchObject({ workingDir: folder, image: tools().image, restartCount: 0 });
    expect(good).toMatchObject({ name: `${project}-good-1`, restartPolicy: 'no' });
    expect(good?.healthOutput).toBe('fine\n');
    expect(ended).toMatchObject({ service: 'once', state: 'exited', exitCode: 3 });
    for (const { service, configHash } of await seen()) {
      const plan = { hash: configHash, replicas: 1, startFirst: false, mayEnd: undefined };
      expect(wanted.get(service)).toEqual(plan);
    }
    expect([...wanted.keys()].sort()).toEqual(['good', 'once']);
    expect(good?.networks).toMatchObject([{ aliases: expect.arrayContaining(['good']) }]);
    expect(
      (await tools().runtime.exec(good?.id ?? '', ['no-such-command'])).exitCode,
    ).toBeGreaterThan(125);
  });

  test('logs are shown, and only those of the named services', async () => {
    const lines: string[] = [];
    const onLine = (line: string): unknown => lines.push(line);
    await tools().compose.logs(ofProject, ['once'], { tail: 5 }, onLine, never);
    expect(lines.filter((line) => line !== '')).toEqual([expect.stringContaining('was here')]);
  });

  test('a container is removed by its ID; a missing one is not an error', async () => {
    const ended = (await seen()).find(({ service }) => service === 'once');
    await tools().runtime.removeContainer(ended?.id ?? '');
    await tools().runtime.removeContainer(ended?.id ?? '');
    expect((await seen()).map(({ service }) => service)).toEqual(['good']);
  });

  test('a second start changes nothing; a changed setting or file replaces the container', async () => {
    const settings = '    environment: {LEVEL: "${LEVEL:-low}"}\n    env_file: [good.env]\n';
    await write('a.yml', one(settings));
    await write('good.env', 'SIZE=1\n');
    await start();
    const before = await only();
    await start();
    // Its check may have run for the first time meanwhile.
    const { health, healthExitCode, healthOutput, ...same } = before;
    expect(await only()).toMatchObject(same);
    let last = before;
    for (const [name, text] of [
      ['.env', 'LEVEL=high\n'],
      ['good.env', 'SIZE=2\n'],
    ] as const) {
      await write(name, text);
      const hash = (await tools().compose.services(request())).get('good')?.hash;
      expect(hash).not.toBe(last.configHash);
      await start();
      const now = await only();
      expect(now).toMatchObject({ configHash: hash, state: 'running' });
      expect(now.id).not.toBe(last.id);
      last = now;
    }
    await write('.env', '');
    await write('good.env', 'SIZE=1\n');
    await start();
    expect((await only()).configHash).toBe(before.configHash);
  });

  test('a project is resolved as it would start: values filled in, paths absolute, the last mount of a path wins', async () => {
    await write('b.yml', 'services: {good: {volumes: ["./b.yml:/data", "./a.yml:/a:ro"]}}\n');
    const resolved = await tools().compose.config(request('b.yml'), { interpolate: true });
    const volumes = expect.arrayContaining([
      expect.objectContaining({ type: 'bind', source: join(folder, 'b.yml'), target: '/data' }),
      expect.objectContaining({ source: join(folder, 'a.yml'), target: '/a', read_only: true }),
    ]);
    const environment = { LEVEL: 'low', SIZE: '1' };
    expect(resolved).toMatchObject({ name: project, services: { good: { environment, volumes } } });
  });

  test('a required variable without a value is named, and so is a missing env file', async () => {
    await write('c.yml', 'services: {good: {command: "${NEEDED:?of the shop}"}}\n');
    const unset = tools().compose.config(request('c.yml'), { interpolate: true });
    await expect(unset).rejects.toMatchObject({
      code: 'compose-invalid',
      details: { found: expect.stringMatching(/NEEDED.*of the shop/) },
    });
    await rm(join(folder, 'good.env'));
    const absent = tools().compose.services(request());
    await expect(absent).rejects.toMatchObject({
      code: 'compose-invalid',
      details: { found: expect.stringContaining('good.env') },
    });
    await write('good.env', 'SIZE=1\n');
  });

  test('a stopped container is started again unchanged', async () => {
    const before = await ids();
    await tools().compose.stop(ofProject, quiet, never);
    expect(await only()).toMatchObject({ state: 'exited' });
    await start();
    expect(await ids()).toEqual(before);
    expect(await only()).toMatchObject({ state: 'running' });
  });

  test('a service gets one more container beside its own, and a start removes it again', async () => {
    const before = await ids();
    await tools().compose.scaleUp(request(), 'good', 2, quiet, never);
    expect(await ids()).toEqual(expect.arrayContaining(before));
    expect(await ids()).toHaveLength(2);
    await start();
    expect(await ids()).toHaveLength(1);
  });

  test('a service no longer in the file is removed, and a missing image is reported', async () => {
    await write('d.yml', `services: {other: {image: "${image}", stop_grace_period: 0s}}\n`);
    await start('d.yml');
    expect((await seen()).map(({ service }) => service)).toEqual(['good', 'other']);
    await start();
    expect((await seen()).map(({ service }) => service)).toEqual(['good']);
    await write('d.yml', 'services: {other: {image: "runtime-none:1"}}\n');
    await expect(start('d.yml')).rejects.toMatchObject({ code: 'start-failed' });
  });

  const entries: readonly VolumeEntry[] = [
    { path: '.', type: 'Directory', mode: 0o750, uid: 0, gid: 0, content: '' },
    { path: 'a', type: 'File', mode: 0o644, uid: 0, gid: 0, content: 'kept\n' },
    { path: 'd', type: 'Directory', mode: 0o755, uid: 0, gid: 0, content: '' },
    { path: 'd/b', type: 'File', mode: 0o640, uid: 7, gid: 8, content: 'b\n' },
  ];

  test('a volume in use is not replaced, and stays unchanged', async () => {
    const [volume] = await tools().runtime.volumes(project);
    if (volume === undefined) throw new Error('no volume');
    expect(volume).toMatchObject({ name: `${project}_data`, driver: 'local' });
    expect(volume.labels).toMatchObject({ kept: 'yes' });
    const replaced = tools().runtime.replaceVolume(
      volume,
      tools().image,
      packVolume(entries),
      never,
    );
    await expect(replaced).rejects.toMatchObject({ code: 'engine-failed' });
    expect(await tools().runtime.volumes(project)).toEqual([volume]);
  });

  test('the containers that have a volume are listed with their project, stopped ones too', async () => {
    const users = () => tools().runtime.volumeUsers(`${project}_data`);
    expect(await users()).toEqual([{ name: `${project}-good-1`, project }]);
    await tools().compose.stop(ofProject, quiet, never);
    await tools().runtime.removeHelpers(project);
    expect(await users()).toEqual([{ name: `${project}-good-1`, project }]);
    expect(await tools().runtime.volumeUsers(`${project}_none`)).toEqual([]);
  });

  test('a volume outlives its containers, and is recreated with the same content, owners, modes and labels', async () => {
    const [volume] = await tools().runtime.volumes(project);
    if (volume === undefined) throw new Error('no volume');
    await down(false);
    expect(await seen()).toEqual([]);
    await tools().runtime.replaceVolume(volume, tools().image, packVolume(entries), never);
    expect(await tools().runtime.volumes(project)).toEqual([volume]);
    const found: unknown[] = [];
    const archive = await tools().runtime.readVolume(volume, tools().image, never);
    for await (const entry of readTar(archive, never, quiet)) {
      const { path, type, mode = 0, uid, gid } = entry;
      const content = (await entry.concat()).toString('utf8');
      found.push({ path: path.replace(/\/$/, ''), type, mode: mode & 0o777, uid, gid, content });
    }
    const wanted = entries.map((one) => ({
      ...one,
      path: one.path === '.' ? 'bundle-volume' : `bundle-volume/${one.path}`,
    }));
    expect(found).toEqual(wanted);
    await down(true);
    expect(await tools().runtime.volumes(project)).toEqual([]);
  });
}
