import { chmod, mkdir, mkdtemp, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { readTar } from '@bundle/archive';
import { type HeadFile, readHeadFile } from '@bundle/store';
import type { PlannedBuild } from '../src/application/application.ts';
import { readBuild } from '../src/builds/read-build.ts';
import { packSource, planSource } from '../src/builds/source-archive.ts';

let work: string;
const epoch = new Date(1_700_000_000_000);
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'source-'));
  const files: Record<string, string> = {
    'shop/deploy/compose.yaml': 'services: {}',
    'shop/api/Dockerfile': 'FROM scratch\nCOPY . .\n',
    'shop/api/.dockerignore': 'Dockerfile\n.dockerignore\nsecret\n',
    'shop/api/.env': 'A=1',
    'shop/api/.env.example': 'A=',
    'shop/api/secret': 'not sent',
    [`shop/api/${'long/'.repeat(40)}Ünïcode name`]: 'x'.repeat(100_000),
    'shop/api/bin/run': '#!/bin/sh\n',
    'shop/other/file': 'not of a context',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(work, path, '..'), { recursive: true });
    await writeFile(join(work, path), text);
  }
  await chmod(join(work, 'shop/api/bin/run'), 0o751);
  await symlink('../bin/run', join(work, 'shop/api/bin/link'));
});
afterEach(() => rm(work, { recursive: true }));

async function builds() {
  const plan: PlannedBuild = {
    services: ['api'],
    image: 'shop/api:1',
    projectDir: join(work, 'shop/deploy'),
    context: '../api',
    dockerfile: { path: 'Dockerfile' },
    buildArgs: {},
    labels: {},
    buildContexts: {},
    extraHosts: [],
    ulimits: [],
    secrets: [],
    ssh: [],
  };
  return [await readBuild(plan, 'linux/amd64')];
}

async function bytesOf(file: HeadFile): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of readHeadFile(file)) parts.push(part);
  return Buffer.concat(parts);
}

test('packs the input of the builds, the Dockerfile and its ignore file, below one folder', async () => {
  const { project, entries } = await planSource(await builds());
  expect(project).toBe('deploy');
  const paths = entries.map(({ path }) => path).filter((path) => !path.startsWith('api/long'));
  expect(paths).toEqual([
    'api',
    'api/.dockerignore',
    'api/.env',
    'api/.env.example',
    'api/Dockerfile',
    'api/bin',
    'api/bin/link',
    'api/bin/run',
    'deploy',
  ]);
});

test('the archive keeps modes, links and all kinds of names, and has the same bytes each time', async () => {
  const first = await packSource(await builds(), epoch);
  expect(first).toMatchObject({ project: 'deploy', files: 6, valueFiles: ['api/.env'] });
  const bytes = await bytesOf(first.file);
  expect(bytes.equals(await bytesOf((await packSource(await builds(), epoch)).file))).toBe(true);
  const found = new Map<string, string>();
  const plain = Readable.from([bytes]).pipe(createGunzip());
  for await (const entry of readTar(plain, new AbortController().signal, () => undefined)) {
    const mode = ((entry.mode ?? 0) & 0o7777).toString(8);
    found.set(entry.path, `${entry.type} ${mode} ${entry.size} ${entry.linkpath ?? ''}`.trim());
    entry.resume();
  }
  expect(found.get('api/bin/run')).toBe('File 751 10');
  expect(found.get('api/bin/link')).toMatch(/^SymbolicLink \d+ 0 \.\.\/bin\/run$/);
  expect(found.get(`api/${'long/'.repeat(40)}Ünïcode name`)).toMatch(/ 100000$/);
});

test('a file that disappears while it is packed causes an error, not a hang', async () => {
  const { file } = await packSource(await builds(), epoch);
  await unlink(join(work, 'shop/api/bin/run'));
  await expect(bytesOf(file)).rejects.toMatchObject({ code: 'input-unreadable' });
});
