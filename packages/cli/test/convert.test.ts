import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownMark } from '@bundle/files';
import { makeLayout, startTestRegistry } from '@bundle/testkit';
import { z } from 'zod';
import { bundle } from './run-bundle.ts';

let folder: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convert-'));
  await makeLayout(file('layout'), [
    { reference: 'shop/api:1.0', layers: [{ text: 'base', compression: 'gzip' }] },
  ]);
  await writeFile(
    file('compose.yml'),
    `name: shop
services:
  api:
    image: shop/api:1.0
    environment: {DB_PASSWORD: "\${DB_PASSWORD:?}", MODE: "\${MODE:-fast}"}
    volumes: ["./conf/api.conf:/etc/api.conf:ro", "data:/data"]
    ports: ["8080:80"]
    logging: {driver: none}
volumes: {data: {}}
`,
  );
  await mkdir(file('conf'));
  await writeFile(file('conf/api.conf'), 'listen 80\n');
  const { code, stderr } = await bundle(
    ['export', file('compose.yml'), '--from', `oci:${file('layout')}`, '-o', file('shop.tar')],
    { env: { DB_PASSWORD: 'of-the-source' } },
  );
  expect({ code, stderr }).toMatchObject({ code: 0 });
});
afterAll(() => rm(folder, { recursive: true }));

const convert = (...args: string[]) =>
  bundle(['convert', 'kubernetes', 'shop.tar', ...args], { cwd: folder });
const reportSchema = z.object({
  output: z.string(),
  files: z.array(z.string()),
  secret: z.object({ name: z.string(), keys: z.array(z.object({ key: z.string() })) }),
  unmapped: z.array(z.object({ path: z.string(), why: z.string() })),
});

test('writes manifests, says which secret to create and what does not map', async () => {
  const { code, stdout } = await convert('-o', 'k8s', '--set', 'MODE=slow', '--namespace', 'prod');
  expect(code).toBe(0);
  expect(stdout).toMatch(/DB_PASSWORD +api: DB_PASSWORD/);
  expect(stdout).toMatch(/services\.api\.logging +it is a setting of each node/);
  expect(stdout).toContain('kubectl -n prod create secret generic shop-secrets');
  const files = await readdir(file('k8s'));
  expect(files.sort()).toEqual([
    ...['README.txt', 'api-api-conf-configmap.yaml', 'api-env-configmap.yaml', 'api-service.yaml'],
    ...['api-statefulset.yaml', 'data-persistentvolumeclaim.yaml', 'kustomization.yaml'],
  ]);
  const text = async (name: string) => readFile(file(`k8s/${name}`), 'utf8');
  expect(await text('api-env-configmap.yaml')).toContain('MODE: slow');
  expect(await text('api-statefulset.yaml')).toMatch(/image: "shop\/api:1\.0@sha256:[0-9a-f]{64}"/);
  expect(await text('kustomization.yaml')).toContain('namespace: prod');
  const all = await Promise.all(files.map(text));
  expect(all.join('')).not.toContain('of-the-source');
});

test('--json has the report, and --registry the names that push gives', async () => {
  const { code, stdout } = await convert(
    '-o',
    'pushed',
    '--registry',
    'reg.example/team',
    '--json',
  );
  expect(code).toBe(0);
  const report = reportSchema.parse(JSON.parse(stdout));
  expect(report.secret).toMatchObject({ name: 'shop-secrets', keys: [{ key: 'DB_PASSWORD' }] });
  expect(report.unmapped.map(({ path }) => path)).toEqual([
    ...['services.api.logging', 'services.api.ports'],
  ]);
  const workload = await readFile(file('pushed/api-statefulset.yaml'), 'utf8');
  expect(workload).toMatch(/image: "reg\.example\/team\/shop\/api:1\.0@sha256:/);
});

test('the image of a manifest is in the registry that push filled, under its name and digest', async () => {
  const registry = await startTestRegistry();
  try {
    const place = `${registry.host}/team`;
    const pushed = await bundle(['push', file('shop.tar'), place]);
    expect(pushed).toMatchObject({ code: 0 });
    expect(await convert('-o', 'real', '--registry', place)).toMatchObject({ code: 0 });
    const workload = await readFile(file('real/api-statefulset.yaml'), 'utf8');
    const [, repository, digest] =
      /image: "[^/]*\/(.*):1\.0@(sha256:[0-9a-f]{64})"/.exec(workload) ?? [];
    const url = `http://${registry.host}/v2/${repository}/manifests/${digest}`;
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    expect((await fetch(url, { headers: { accept } })).status).toBe(200);
  } finally {
    await registry.close();
  }
});

test('what a killed run has left beside the folder is gone afterwards', async () => {
  const left = `.again.partial-${(await ownMark()).replace(/^\d+/, '4194305')}`;
  await mkdir(file(left));
  await writeFile(file(join(left, 'half.yaml')), 'x');
  expect(await convert('-o', 'again')).toMatchObject({ code: 0 });
  expect((await readdir(folder)).filter((name) => name.includes('partial'))).toEqual([]);
});

test.each([
  ['a folder with something in it', ['-o', 'conf'], 40],
  ['no place to write', ['-o', 'no/such/place'], 41],
  ['a registry that is none', ['-o', 'x', '--registry', 'team'], 2],
  ['an Ingress of an unknown service', ['-o', 'x', '--ingress', 'a.example=none'], 2],
  ['a size that is none', ['-o', 'x', '--volume-size', 'much'], 2],
])('%s is refused, and nothing is written', async (_, args, code) => {
  const before = await readdir(folder, { recursive: true });
  expect(await convert(...args)).toMatchObject({ code });
  expect(await readdir(folder, { recursive: true })).toEqual(before);
});
