import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLayout, snapshot } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

// Uses OCI image layouts in place of engines; incremental.engine.test.ts has real ones.

let work: string;
const at = (name: string): string => join(work, name);

function run(...args: string[]) {
  return bundle([...args, '--json'], { cwd: work });
}
function exportTo(output: string, layout: string, ...args: string[]) {
  const engine = ['--engine', `oci:${at(layout)}`, '--no-runtime'];
  return run('export', at('compose.yml'), '-o', at(output), ...engine, ...args);
}
function importInto(layout: string, name: string) {
  const target = ['--engine', `oci:${at(layout)}`, '--state-dir', at(`state-${layout}`), '--yes'];
  return run('import', at(name), ...target);
}
const errorOf = ({ code, stdout }: { code: number | null; stdout: string }) => ({
  code,
  error: JSON.parse(stdout).error?.code,
});

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'incremental-'));
  const compose = 'name: shop\nservices: { app: { image: "app:1" }, web: { image: "web:1" } }\n';
  await writeFile(at('compose.yml'), compose);
  await writeFile(at('other.yml'), 'name: other\nservices: { app: { image: "app:1" } }\n');
  const web = { reference: 'web:1', layers: [{ text: 'base' }, { text: 'web' }] };
  for (const release of ['one', 'two']) {
    const layers = [{ text: 'base' }, { text: release }];
    await makeLayout(at(`layout-${release}`), [{ reference: 'app:1', layers }, web]);
  }
  await makeLayout(at('host'), []);
  await makeLayout(at('bare'), []);
  expect(await exportTo('one', 'layout-one', '--release-version', '1')).toMatchObject({ code: 0 });
  const since = ['--release-version', '2', '--since', at('one')];
  expect(await exportTo('two.tar', 'layout-two', ...since)).toMatchObject({ code: 0 });
});
afterAll(() => rm(work, { recursive: true, force: true }));

test('export leaves out the layers of the base; verify, validate and inspect accept that', async () => {
  expect(await run('verify', at('two.tar'))).toMatchObject({ code: 0 });
  expect(await run('validate', at('two.tar'))).toMatchObject({ code: 0 });
  const { manifest } = JSON.parse((await run('inspect', at('two.tar'))).stdout);
  const { digest } = JSON.parse((await run('inspect', at('one'))).stdout);
  expect(manifest.base).toEqual({ product: 'shop', version: '1', digest });
  expect(manifest.omitted).toHaveLength(2);
  const { stdout } = await bundle(['inspect', at('two.tar')]);
  expect(stdout).toContain('Incremental: 2 layers');
});

test('the same bundle.json alone as base gives the same bytes', async () => {
  const since = ['--release-version', '2', '--since', at('one/bundle.json')];
  expect(await exportTo('again.tar', 'layout-two', ...since)).toMatchObject({ code: 0 });
  expect((await readFile(at('again.tar'))).equals(await readFile(at('two.tar')))).toBe(true);
});

test('a host without the base stays unchanged; with it, the update is imported', async () => {
  const before = await snapshot(at('bare'));
  expect(errorOf(await importInto('bare', 'two.tar'))).toEqual({ code: 70, error: 'base-missing' });
  expect(await snapshot(at('bare'))).toEqual(before);
  expect(await importInto('host', 'one')).toMatchObject({ code: 0 });
  expect(await importInto('host', 'two.tar')).toMatchObject({ code: 0 });
  expect(JSON.parse((await importInto('host', 'two.tar')).stdout).outcome).toBe('already imported');
});

test('a layout that has the layers of the base as other bytes is told so, and keeps its images', async () => {
  // As images come out of an engine: not compressed as in the bundle.
  await cp(at('layout-one'), at('plain'), { recursive: true });
  const before = await readFile(at('plain/index.json'), 'utf8');
  const refused = await importInto('plain', 'two.tar');
  expect(errorOf(refused)).toEqual({ code: 70, error: 'base-missing' });
  expect(JSON.parse(refused.stdout).error.hint).toContain('Bring a whole bundle');
  expect(await readFile(at('plain/index.json'), 'utf8')).toBe(before);
});

test('several inventories leave out the layers that all hosts have', async () => {
  await makeLayout(at('host-b'), []);
  expect(await importInto('host-b', 'one')).toMatchObject({ code: 0 });
  const inventories: string[] = [];
  for (const host of ['host', 'host-b']) {
    const target = ['--engine', `oci:${at(host)}`, '--state-dir', at(`state-${host}`)];
    const args = ['inventory', ...target, '-o', at(`${host}.json`)];
    expect(await run(...args)).toMatchObject({ code: 0 });
    inventories.push('--for', at(`${host}.json`));
  }
  expect(await exportTo('for.tar', 'layout-two', ...inventories)).toMatchObject({ code: 0 });
  const { manifest } = JSON.parse((await run('inspect', at('for.tar'))).stdout);
  // The base and `web`, but not what `two` added on `host` alone.
  expect(manifest.omitted).toHaveLength(2);
  expect(manifest.base).toBeUndefined();
});

test('an incremental bundle is served with its base, but not alone', async () => {
  expect(errorOf(await run('serve', at('two.tar'), '--port', '0'))).toEqual({
    code: 70,
    error: 'base-missing',
  });
});

test.each([
  ['a base of another product', async () => ['--since', at('one')], 71, 'base-mismatch'],
  ['a missing base', async () => ['--since', at('gone')], 50, 'bundle-not-found'],
  [
    'a bundle.json that was cut short',
    async () => {
      await writeFile(at('cut.json'), (await readFile(at('one/bundle.json'))).subarray(0, 300));
      return ['--since', at('cut.json')];
    },
    57,
    'manifest-invalid',
  ],
  [
    'an inventory of another product',
    async () => {
      await writeFile(at('foreign.json'), inventoryText('shop'));
      return ['--for', at('foreign.json')];
    },
    71,
    'base-mismatch',
  ],
  [
    'an inventory that was cut short',
    async () => {
      await writeFile(at('cut.json'), inventoryText('other').slice(0, 150));
      return ['--for', at('cut.json')];
    },
    72,
    'inventory-invalid',
  ],
  [
    'a file that is not an inventory',
    async () => {
      await writeFile(at('none.json'), '{"schemaVersion":1}');
      return ['--for', at('none.json')];
    },
    72,
    'inventory-invalid',
  ],
  ['a missing inventory', async () => ['--for', at('gone')], 45, 'input-unreadable'],
])('export refuses %s', async (_, args, code, error) => {
  const engine = ['--engine', `oci:${at('layout-one')}`, '--no-runtime'];
  const output = ['-o', at('refused.tar')];
  const result = await run('export', at('other.yml'), ...output, ...engine, ...(await args()));
  expect(errorOf(result)).toEqual({ code, error });
});

function inventoryText(product: string): string {
  return JSON.stringify({
    kind: 'bundle-inventory',
    schemaVersion: 1,
    platform: { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch },
    engine: { version: '28.5.2', store: 'graph-driver' },
    releases: [{ product, version: '1', digest: `sha256:${'1'.repeat(64)}` }],
    layers: [],
  });
}
