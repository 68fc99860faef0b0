import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildTool, ComposeTool, Engine } from '@bundle/engine';
import { type ContextEntry, neededStages, parseDockerfile, stepKeys } from '@bundle/recipe';
import type { CheckedSource } from '../src/check.ts';
import { diagnose } from '../src/diagnose.ts';
import type { RebuildableRelease } from '../src/release.ts';
import { serveChanges } from '../src/served.ts';

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'served-'));
  await mkdir(join(work, 'build-cache/packages/0/npm'), { recursive: true });
});
afterAll(() => rm(work, { recursive: true, force: true }));

const tarball = 'build-cache/packages/0/npm/left-1.0.0.tgz';
const index = 'build-cache/packages/index.json';
const left = { name: 'left', version: '1.0.0', file: 'left-1.0.0.tgz' };

async function releaseWith(bytes: string | undefined): Promise<RebuildableRelease> {
  if (bytes === undefined) await rm(join(work, tarball), { force: true });
  else await writeFile(join(work, tarball), bytes);
  const depots = [{ image: 'web:1', stage: 'dependencies', folder: '0', npm: [left] }];
  const text = JSON.stringify({ schemaVersion: 1, depots });
  await writeFile(join(work, index), text);
  const listed = (path: string, content: string) => ({
    ...{ path, size: content.length },
    sha256: createHash('sha256').update(content).digest('hex'),
  });
  const files = [listed(tarball, 'package'), listed(index, text)];
  return {
    folder: work,
    manifest: { product: 'shop', version: '1', images: [], files },
  } as unknown as RebuildableRelease;
}

/** A source in which every RUN has changed. */
function sourceOf(text: string): CheckedSource {
  const file = 'Dockerfile';
  const options = { file, buildArgs: {}, platform: 'linux/amd64', buildContexts: [] };
  const dockerfile = parseDockerfile(text, options);
  const stages = neededStages(dockerfile, undefined, file);
  const files: ContextEntry[] = [
    { path: 'package.json', type: 'file', mode: 0o644, sha256: 'f'.repeat(64) },
  ];
  const inputs = { stages, globals: {}, buildArgs: {}, files, contextFiles: {}, chains: {} };
  const steps = stepKeys(inputs);
  const changes = steps
    .filter((step) => step.text.startsWith('RUN'))
    .map((step) => ({ step, causes: ['package.json changed'] }));
  const recipe = { image: 'web:1', services: ['web'] };
  return { recipe, context: work, text, stages, files, steps, changes } as unknown as CheckedSource;
}

const npm = `FROM node AS dependencies
COPY package.json ./
RUN npm install
RUN node check.js
`;

test('a package file that is gone from the host is named, and how to get it back', async () => {
  await writeFile(join(work, 'package.json'), '{"dependencies":{"left":"^1"}}');
  const release = await releaseWith(undefined);
  await expect(serveChanges([sourceOf(npm)], release, false)).rejects.toMatchObject({
    code: 'digest-mismatch',
    details: {
      subject: join(work, tarball),
      found: 'no such file',
      hint: expect.stringContaining(`tar -xf BUNDLE -C ${work} ${tarball}`),
    },
  });
});

test('a package file or a list of packages that the disk has damaged is not used', async () => {
  await writeFile(join(work, 'package.json'), '{"dependencies":{"left":"^1"}}');
  const release = await releaseWith('package');
  await writeFile(join(work, tarball), 'pacKage');
  const served = serveChanges([sourceOf(npm)], release, false);
  await expect(served).rejects.toMatchObject({
    code: 'digest-mismatch',
    details: { subject: join(work, tarball) },
  });
  // It stays valid, and names another version.
  const text = await readFile(join(work, index), 'utf8');
  await writeFile(join(work, index), text.replace('"1.0.0"', '"1.0.1"'));
  await expect(serveChanges([sourceOf(npm)], release, false)).rejects.toMatchObject({
    code: 'digest-mismatch',
    details: { subject: join(work, index) },
  });
});

test('a package.json is read as npm reads it: with a byte order mark, with a key twice', async () => {
  await writeFile(
    join(work, 'package.json'),
    '\ufeff{"scripts":{},"scripts":{},"dependencies":{"left":"^2"}}',
  );
  const release = await releaseWith('package');
  await expect(serveChanges([sourceOf(npm)], release, false)).rejects.toMatchObject({
    code: 'package-not-carried',
    details: {
      found: 'web: npm package left@^2, but 1.0.0, for line 3 (RUN npm install)',
    },
  });
});

test('a step may run again where it comes after a served one, and nowhere else', async () => {
  await writeFile(join(work, 'package.json'), '{"dependencies":{"left":"^1"}}');
  const text = `FROM debian AS tools
RUN ./fetch-tools.sh
${npm}FROM dependencies
COPY --from=tools /tools /tools
RUN ./link-tools.sh
`;
  const [served] = await serveChanges([sourceOf(text)], await releaseWith('package'), false);
  expect(served?.served?.map(({ instruction }) => instruction.text)).toEqual(['RUN npm install']);
  expect(served?.changes.map(({ step }) => step.text)).toEqual(['RUN ./fetch-tools.sh']);
});

test('a step that carried packages cannot serve says what they do not replace', async () => {
  const causesOf = async (run: string): Promise<readonly string[]> => {
    const text = `FROM node AS dependencies\nCOPY package.json ./\nRUN ${run}\n`;
    const [served] = await serveChanges([sourceOf(text)], await releaseWith('package'), false);
    return served?.changes.flatMap(({ causes }) => causes) ?? [];
  };
  expect(await causesOf('npm install && curl -O https://a.test/x')).toEqual([
    'package.json changed',
    'no carried package replaces curl in it',
  ]);
  expect(await causesOf('apt-get install -y jq && npm install')).toEqual([
    'package.json changed',
    'no package of apt is carried for it',
  ]);
});

test('dependencies for development are not missing where the step leaves them out', async () => {
  await writeFile(
    join(work, 'package.json'),
    '{"dependencies":{"left":"^1"},"devDependencies":{"jest":"^30"}}',
  );
  const release = await releaseWith('package');
  const withRun = (run: string, env = ''): string =>
    npm.replace('RUN npm install', `${env}RUN ${run}`);
  for (const text of [
    withRun('npm install --omit=dev'),
    withRun('npm install', 'ENV NODE_ENV=production\n'),
  ]) {
    const [served] = await serveChanges([sourceOf(text)], release, false);
    expect(served?.served?.length).toBe(1);
  }
  await expect(serveChanges([sourceOf(npm)], release, false)).rejects.toMatchObject({
    details: { found: expect.stringContaining('npm package jest@^30') },
  });
});

describe('bundle doctor', () => {
  /** Diagnoses a build without a base image: the engine is asked for nothing but what it is. */
  async function diagnoseSource(dependencies: Record<string, string>): Promise<unknown> {
    const text = npm.replace('FROM node', 'FROM scratch');
    await writeFile(join(work, 'Dockerfile'), text);
    await writeFile(join(work, 'package.json'), JSON.stringify({ dependencies }));
    const captured = sourceOf(text);
    const recipe = {
      ...{ services: ['web'], image: 'web:1', context: '.', dockerfile: { path: 'Dockerfile' } },
      ...{ platform: 'linux/amd64', buildArgs: {}, buildContexts: {}, bases: [], stages: [] },
      ...{ files: captured.files, contextFiles: {}, steps: captured.steps },
    };
    const release = {
      ...(await releaseWith('package')),
      ...{ engine: '28.5.2', recipes: [recipe] },
    } as unknown as RebuildableRelease;
    const engine = {
      info: async () => ({ runsContainers: true, version: '28.5.2', store: 'graph-driver' }),
      diskUsage: async () => ({ images: 0, containers: 0, volumes: 0, buildCache: 0 }),
      listNames: async () => [],
    } as unknown as Engine;
    const tool = { version: async () => '1' };
    const checks = await diagnose({
      openEngine: async () => engine,
      ...{ buildTool: tool as BuildTool, composeTool: tool as ComposeTool },
      ...{ readRelease: async () => release, source: async () => work },
    });
    return checks.at(-1);
  }

  test('is content with a change that carried packages serve', async () => {
    expect(await diagnoseSource({ left: '^1' })).toEqual({
      name: 'source of web',
      state: 'ok',
      found: `carried packages serve line 3 (RUN npm install), in ${work}`,
    });
  });

  test('names the package that is not carried', async () => {
    expect(await diagnoseSource({ right: '^1' })).toMatchObject({
      name: 'source of web',
      state: 'problem',
      found: expect.stringContaining('npm package right@^1'),
      hint: expect.stringContaining('`packages:`'),
    });
  });
});
