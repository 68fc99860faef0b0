import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectedEngines, docker, engineEnv } from '@bundle/testkit';
import type { BuildRequest } from '../src/build.ts';
import { createBuildTool } from '../src/build-cli.ts';
import { pluginCommand } from '../src/plugin.ts';

const never = new AbortController().signal;
let context: string;
beforeAll(async () => {
  context = await mkdtemp(join(tmpdir(), 'build-'));
  await writeFile(join(context, 'file'), `${process.pid}`);
  await writeFile(
    join(context, 'Dockerfile'),
    'FROM scratch AS base\nCOPY file /one\nFROM base AS app\nCOPY file /two\n',
  );
});
afterAll(() => rm(context, { recursive: true }));

function request(fields: Partial<BuildRequest>): BuildRequest {
  return {
    description: 'a test',
    context,
    dockerfile: join(context, 'Dockerfile'),
    target: 'app',
    buildArgs: {},
    buildContexts: {},
    labels: {},
    secrets: [],
    ssh: [],
    extraHosts: [],
    ulimits: [],
    cacheFrom: [],
    inlineCache: false,
    ...fields,
  };
}

describe.each(connectedEngines)('on %s', (name) => {
  test('reports which steps it ran, and which it reused the next time', async () => {
    const tool = createBuildTool({ env: await engineEnv(name) });
    const tag = 'build-tool/app:1';
    const first = await tool.build(request({ tag }), () => undefined, never);
    const second = await tool.build(request({ tag }), () => undefined, never);
    await docker(name, 'rmi', tag);
    const steps = ['[base 1/1] COPY file /one', '[app 1/1] COPY file /two'];
    expect(first.map((step) => step.name)).toEqual(steps);
    expect(first.map(({ state }) => state)).toEqual(['run', 'run']);
    expect(second.map((step) => step.name).sort()).toEqual(steps.toSorted());
    expect(second.map(({ state }) => state)).toEqual(['reused', 'reused']);
  });

  test('builds with the carried plugin where the host has none, or an old one', async () => {
    const env = await engineEnv(name);
    const [plugin = ''] = await pluginCommand('buildx', env);
    for (const old of [
      undefined,
      '#!/bin/sh\necho "github.com/docker/buildx v0.11.2 abc"; exit 1',
    ]) {
      const home = await mkdtemp(join(tmpdir(), 'no-buildx-'));
      const bin = join(home, 'bin');
      await mkdir(bin);
      await writeFile(join(bin, 'docker'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      if (old !== undefined) {
        await mkdir(join(home, 'cli-plugins'));
        await writeFile(join(home, 'cli-plugins/docker-buildx'), old, { mode: 0o755 });
      }
      const bare = { ...env, PATH: `${bin}:/usr/bin:/bin`, DOCKER_CONFIG: home, HOME: home };
      const without = createBuildTool({ env: bare }).build(request({}), () => undefined, never);
      await expect(without).rejects.toMatchObject({ code: 'buildx-missing' });
      const tool = createBuildTool({ env: bare, carried: async () => plugin });
      expect(await tool.version()).toMatch(/^v?0\./);
      expect(await tool.build(request({}), () => undefined, never)).toHaveLength(2);
      await rm(home, { recursive: true });
    }
  });

  test('reports what failed', async () => {
    const tool = createBuildTool({ env: await engineEnv(name) });
    const build = tool.build(request({ target: 'absent' }), () => undefined, never);
    await expect(build).rejects.toMatchObject({
      code: 'image-build-failed',
      details: { found: expect.stringContaining('target stage "absent" could not be found') },
    });
  });
});
