import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BundleError } from '@bundle/format';
import { connectedEngines, docker, dockerHost, engineEnv } from '@bundle/testkit';
import { createComposeTool } from '../src/compose-cli.ts';

const never = new AbortController().signal;
let folder: string;
let env: Record<string, string>;
const quiet = (): void => undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compose-'));
  const { PATH = '', DOCKER_CONFIG = '' } = await engineEnv(connectedEngines[0]);
  env = { PATH, HOME: folder, DOCKER_CONFIG };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

async function errorOf(work: Promise<unknown>): Promise<BundleError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof BundleError) return error;
    throw error;
  }
  throw new Error('there was no error');
}

it('finds the plugin and its version', async () => {
  expect(await createComposeTool({ env }).version()).toMatch(/^\d+\.\d+/);
});

it('uses the standalone docker-compose if docker has no plugin', async () => {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'docker'), '#!/bin/sh\nexit 1\n');
  await chmod(join(bin, 'docker'), 0o755);
  await symlink(
    join(env['DOCKER_CONFIG'] ?? '', 'cli-plugins/docker-compose'),
    join(bin, 'docker-compose'),
  );
  const tool = createComposeTool({ env: { PATH: `${bin}:/usr/bin:/bin`, HOME: folder } });
  expect(await tool.version()).toMatch(/^\d+\.\d+/);
  const compose = await file('standalone.yaml', 'services: {a: {image: x}}\n');
  const resolved = await tool.config({ files: [compose], profiles: [] }, { interpolate: true });
  expect(resolved).toMatchObject({ services: { a: { image: 'x' } } });
});

it('says how to name an application whose folder has no letters for a name', async () => {
  const tool = createComposeTool({ env });
  await mkdir(join(folder, '病房系统'));
  const compose = await file('病房系统/compose.yaml', 'services: {a: {image: x}}\n');
  const request = { files: [compose], profiles: [] };
  const { details } = await errorOf(tool.config(request, { interpolate: true }));
  expect(details.hint).toContain('--name');
});

it('says how to export a project whose required variable has no value here', async () => {
  const compose = await file(
    'needs.yaml',
    `services: {a: {image: x, user: "\${LAB_USER:?who}"}}\n`,
  );
  const request = { files: [compose], profiles: [] };
  const { details } = await errorOf(
    createComposeTool({ env }).config(request, { interpolate: true }),
  );
  expect(details.hint).toContain('LAB_USER=x before the command');
});

it('has no version without a plugin, and says what to install when one is needed', async () => {
  const tool = createComposeTool({ env: { PATH: join(folder, 'nothing'), HOME: folder } });
  expect(await tool.version()).toBeUndefined();
  const { code, details } = await errorOf(
    tool.config({ files: [], profiles: [] }, { interpolate: true }),
  );
  expect(code).toBe('compose-plugin-missing');
  expect(details.hint).toMatch(/Install/);
});

it('a missing env file is named, with a hint', async () => {
  const compose = await file('env.yaml', 'services: {a: {image: x, env_file: none.env}}\n');
  const { code, details } = await errorOf(
    createComposeTool({ env }).config({ files: [compose], profiles: [] }, { interpolate: true }),
  );
  expect(code).toBe('compose-invalid');
  expect(details.found).toContain('none.env');
  expect(details.hint).toMatch(/env file first/);
});

it('never fetches a remote file', async () => {
  const compose = await file('remote.yaml', 'include: ["https://example.invalid/a.git"]\n');
  const { code, details } = await errorOf(
    createComposeTool({ env }).config({ files: [compose], profiles: [] }, { interpolate: true }),
  );
  expect(code).toBe('compose-invalid');
  expect(details.found).toMatch(/disabled/);
});

describe('building on a real engine', () => {
  const build = async (name: string, text: string): Promise<string[]> => {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'Dockerfile'), text);
    const compose = await file(
      `${name}.yaml`,
      `services: {a: {build: ./${name}, image: "compose-cli/${name}:1"}}\n`,
    );
    const lines: string[] = [];
    const tool = createComposeTool({ env, dockerHost: await dockerHost(connectedEngines[0]) });
    await tool.build({ files: [compose], profiles: [] }, ['a'], (line) => lines.push(line), never);
    return lines;
  };

  it('shows output lines as they arrive', async () => {
    const lines = await build('good', 'FROM scratch\nCOPY Dockerfile /\n');
    expect(lines.join('\n')).toContain('COPY Dockerfile');
    await docker(connectedEngines[0], 'rmi', '-f', 'compose-cli/good:1');
  });

  it('a failed build ends with its last lines', async () => {
    const { code, details } = await errorOf(build('bad', 'FROM scratch\nCOPY nothing-there /\n'));
    expect(code).toBe('image-build-failed');
    expect(details.found).toContain('nothing-there');
  });

  it('an interrupted build says so', async () => {
    const compose = await file('stop.yaml', 'services: {a: {build: .}}\n');
    const tool = createComposeTool({ env });
    const request = { files: [compose], profiles: [] };
    const stopped = tool.build(request, ['a'], quiet, AbortSignal.abort());
    expect((await errorOf(stopped)).code).toBe('interrupted');
  });
});

it('returns the dollar signs of a resolved project without Compose’s escaping', async () => {
  const text = 'services: {a: {image: x, environment: {P: "a$$b"}, volumes: ["./d$$r:/d"]}}\n';
  const request = { files: [await file('dollar.yaml', text)], profiles: [] };
  const tool = createComposeTool({ env });
  expect(await tool.config(request, { interpolate: true })).toMatchObject({
    services: { a: { environment: { P: 'a$b' }, volumes: [{ source: join(folder, 'd$r') }] } },
  });
});
