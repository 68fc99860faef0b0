import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Digest, hexOf } from '@bundle/format';
import { makeLayout, snapshot } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

// A bundle that was sent without what its host has. OCI image layouts are in place of engines; fleet.engine.test.ts has
// real ones.

let work: string;
const at = (name: string): string => join(work, name);

function run(...args: string[]) {
  return bundle([...args, '--json'], { cwd: work });
}

function importInto(layout: string, name: string, ...args: string[]) {
  const target = ['--engine', `oci:${at(layout)}`, '--state-dir', at(`state-${layout}`), '--yes'];
  return run('import', at(name), ...target, ...args);
}

const errorOf = ({ code, stdout }: { code: number | null; stdout: string }) => ({
  code,
  error: JSON.parse(stdout).error?.code,
});

const blobIn = (folder: string, digest: Digest): string =>
  join(at(folder), 'images/blobs/sha256', hexOf(digest));

interface Image {
  readonly imageId: Digest;
  readonly layers: readonly { readonly digest: Digest }[];
}

async function imageOf(folder: string): Promise<Image> {
  return JSON.parse((await run('inspect', at(folder))).stdout).manifest.images[0];
}

const absent: Digest = `sha256:${'0'.repeat(64)}`;
let base = absent;
let changed = absent;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'partial-'));
  await writeFile(at('compose.yml'), 'name: shop\nservices: { app: { image: "app:1" } }\n');
  for (const release of ['one', 'two']) {
    const layers = [{ text: 'base' }, { text: release }];
    await makeLayout(at(`layout-${release}`), [{ reference: 'app:1', layers }]);
    const engine = ['--engine', `oci:${at(`layout-${release}`)}`, '--no-runtime'];
    const version = ['--release-version', release];
    const output = ['export', at('compose.yml'), '-o', at(release)];
    expect(await run(...output, ...engine, ...version)).toMatchObject({ code: 0 });
  }
  const { layers } = await imageOf('two');
  [base = absent, changed = absent] = layers.map(({ digest }) => digest);
  await cp(at('two'), at('sent'), { recursive: true });
  await rm(blobIn('sent', base));
  for (const host of ['host', 'bare', 'other']) await makeLayout(at(host), []);
  for (const host of ['host', 'other'])
    expect(await importInto(host, 'one')).toMatchObject({ code: 0 });
});
afterAll(() => rm(work, { recursive: true, force: true }));

test('a host that has the layers imports it, and has the release under the identity of the whole bundle', async () => {
  const { code, stdout } = await importInto('host', 'sent', '--partial');
  expect(code).toBe(0);
  const { digest } = JSON.parse((await run('inspect', at('two'))).stdout);
  expect(JSON.parse(stdout).digest).toBe(digest);
  expect(JSON.parse((await importInto('host', 'two')).stdout).outcome).toBe('already imported');
});

test('without --partial it is what it always was: incomplete', async () => {
  expect(errorOf(await importInto('other', 'sent'))).toEqual({ code: 52, error: 'file-missing' });
});

test('a host that lacks the layers refuses it and stays unchanged', async () => {
  const before = await snapshot(at('bare'));
  expect(errorOf(await importInto('bare', 'sent', '--partial'))).toEqual({
    code: 70,
    error: 'base-missing',
  });
  expect(await snapshot(at('bare'))).toEqual(before);
});

test.each(['docker-compose.yml', 'images/index.json', 'the config of the image'])(
  '%s may not be left out',
  async (what) => {
    const folder = at('without');
    await rm(folder, { recursive: true, force: true });
    await cp(at('sent'), folder, { recursive: true });
    const { imageId } = await imageOf('two');
    await rm(what.startsWith('the') ? blobIn('without', imageId) : join(folder, what));
    expect((await importInto('other', 'without', '--partial')).code).toBe(52);
  },
);

test('what did arrive is checked against bundle.json', async () => {
  await cp(at('sent'), at('damaged'), { recursive: true });
  await writeFile(blobIn('damaged', changed), 'other bytes');
  expect([51, 53]).toContain((await importInto('other', 'damaged', '--partial')).code);
});
