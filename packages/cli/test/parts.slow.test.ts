import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFile,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeLayout, snapshot } from '@bundle/testkit';
import { bundle, finished, shows, startBundle } from './run-bundle.ts';

let work: string;
let original: string;
const at = (name: string): string => join(work, name);
const list = 'shop.tar.parts.json';

async function exportTo(output: string, ...args: string[]) {
  const engine = ['--engine', `oci:${join(original, 'layout')}`, '--no-runtime', '--json'];
  const compose = join(original, 'compose.yml');
  return bundle(['export', compose, '-o', output, ...engine, ...args], { cwd: original });
}
const errorOf = ({ code, stdout }: { code: number | null; stdout: string }) => {
  const { error } = JSON.parse(stdout);
  return { code, error: error?.code, text: JSON.stringify(JSON.parse(stdout)) };
};
const verify = async (...args: string[]) =>
  errorOf(await bundle(['verify', at(list), '--json', ...args]));

beforeAll(async () => {
  original = await mkdtemp(join(tmpdir(), 'parts-original-'));
  const text = randomBytes(300_000).toString('base64');
  await makeLayout(join(original, 'layout'), [
    { reference: 'app:1', layers: [{ text }, { text: 'small', compression: 'gzip' }] },
  ]);
  const compose = 'name: shop\nservices: { app: { image: "app:1" } }\n';
  await writeFile(join(original, 'compose.yml'), compose);
  await mkdir(join(original, 'parts'));
  const parts = await exportTo(join(original, 'parts/shop.tar'), '--split', '100kB');
  expect(parts).toMatchObject({ code: 0 });
  expect(await exportTo(join(original, 'whole.tar'))).toMatchObject({ code: 0 });
});
afterAll(() => rm(original, { recursive: true, force: true }));
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'parts-'));
  await cp(join(original, 'parts'), work, { recursive: true });
});
afterEach(() => rm(work, { recursive: true, force: true }));

test.each(['verify', 'validate', 'import'])(
  '%s of one part without the list names the list',
  async (command) => {
    const engine = command === 'import' ? ['--engine', `oci:${at('layout')}`] : [];
    await rm(at(list));
    const { code, stderr, stdout } = await bundle([command, at('shop.tar.part002'), ...engine]);
    expect(code).not.toBe(0);
    expect(stderr + stdout).toContain('one part');
    expect(stderr + stdout).toContain(at(list));
  },
);

test('the concatenated parts are the single file', async () => {
  const names = (await readdir(work)).filter((name) => name !== list).sort();
  expect(names.slice(0, 2)).toEqual(['shop.tar.part001', 'shop.tar.part002']);
  const joined = Buffer.concat(await Promise.all(names.map((name) => readFile(at(name)))));
  expect(joined.equals(await readFile(join(original, 'whole.tar')))).toBe(true);
});

test('they are verified, validated, inspected and imported in place, without writing there', async () => {
  const before = await snapshot(work);
  expect(await verify()).toMatchObject({ code: 0 });
  expect(await bundle(['validate', at(list)])).toMatchObject({ code: 0 });
  expect(await bundle(['inspect', at(list)])).toMatchObject({ code: 0 });
  const host = await mkdtemp(join(tmpdir(), 'parts-host-'));
  await makeLayout(join(host, 'engine'), []);
  const target = ['--engine', `oci:${join(host, 'engine')}`, '--state-dir', join(host, 'state')];
  expect(await bundle(['import', at(list), ...target, '--yes'])).toMatchObject({ code: 0 });
  await rm(host, { recursive: true });
  expect(await snapshot(work)).toEqual(before);
});

test('parts may be in several folders', async () => {
  await mkdir(at('other'));
  await rename(at('shop.tar.part002'), at('other/shop.tar.part002'));
  expect(await verify('--parts', at('other'))).toMatchObject({ code: 0 });
});

test('a missing part is named', async () => {
  await rm(at('shop.tar.part003'));
  const { code, error, text } = await verify();
  expect({ code, error }).toEqual({ code: 73, error: 'part-missing' });
  expect(text).toContain('shop.tar.part003');
});

test.each([
  ['a changed byte in the head', 'shop.tar.part001', 0],
  ['a changed byte in bundle.json', 'shop.tar.part001', 700],
  ['a changed byte in a blob', 'shop.tar.part003', 50_000],
])('%s: the part is named, and repair fetches just that one', async (_, name, position) => {
  const bytes = await readFile(at(name));
  bytes.writeUInt8(bytes.readUInt8(position) ^ 1, position);
  await writeFile(at(name), bytes);
  const { code, text } = await verify();
  expect(code).toBe(74);
  expect(text).toContain(name);
  for (const from of ['parts', 'whole.tar']) {
    await writeFile(at(name), bytes);
    const args = ['repair', at(list), '--from', join(original, from), '--json'];
    const { stdout } = await bundle(args);
    expect(JSON.parse(stdout)).toMatchObject({ repaired: [{ name }] });
    expect(await verify()).toMatchObject({ code: 0 });
  }
});

test('mixed-up parts are named', async () => {
  await copyFile(at('shop.tar.part002'), at('aside'));
  await copyFile(at('shop.tar.part003'), at('shop.tar.part002'));
  await copyFile(at('aside'), at('shop.tar.part003'));
  const { code, text } = await verify();
  expect(code).toBe(74);
  expect(text).toMatch(/shop\.tar\.part002.*what shop\.tar\.part003 holds/);
});

test('a truncated or longer part is named', async () => {
  await appendFile(at('shop.tar.part001'), 'x');
  expect(await verify()).toMatchObject({ code: 74, error: 'part-damaged' });
});

test('parts of another bundle are refused', async () => {
  expect(
    await exportTo(at('shop.tar'), '--split', '100kB', '--release-version', '2', '--force'),
  ).toMatchObject({ code: 0 });
  await copyFile(join(original, 'parts', list), at(list));
  expect(await verify()).toMatchObject({ code: 74 });
});

test('a part in two folders is read from the one where its size is right', async () => {
  await mkdir(at('other'));
  await copyFile(at('shop.tar.part002'), at('other/shop.tar.part002'));
  await appendFile(at('shop.tar.part002'), 'x');
  expect(await verify('--parts', at('other'))).toMatchObject({ code: 0 });
});

test.each<[string, number, () => Promise<void>]>([
  ['missing', 73, () => rm(at('shop.tar.part002'))],
  ['there twice', 74, () => copyFile(at('shop.tar.part002'), at('shop.tar.part003'))],
  ['cut short', 74, () => truncate(at('shop.tar.part002'), 50_000)],
  ['longer', 74, () => appendFile(at('shop.tar.part002'), 'x')],
  ['empty', 74, () => truncate(at('shop.tar.part001'), 0)],
])('import of a bundle with a part that is %s changes nothing', async (_, code, damage) => {
  await damage();
  await mkdir(at('state'));
  const before = await snapshot(work);
  const host = ['--engine', `oci:${at('engine')}`, '--state-dir', at('state'), '--yes'];
  const result = await bundle(['import', at(list), ...host]);
  expect(result).toMatchObject({ code });
  expect(result.stderr).toMatch(/shop\.tar\.part00[123]/);
  expect(await snapshot(work)).toEqual(before);
});

test('serve reads parts from several folders, and names a missing one', async () => {
  await mkdir(at('other'));
  await rename(at('shop.tar.part002'), at('other/shop.tar.part002'));
  expect(await bundle(['serve', at(list), '--port', '0'])).toMatchObject({ code: 73 });
  const child = startBundle(['serve', at(list), '--port', '0', '--parts', at('other')]);
  const result = finished(child);
  await shows(child.stderr, 'docker pull');
  child.kill('SIGINT');
  expect(await result).toMatchObject({ code: 0 });
});

test('a list that is damaged, repeats a part or names another folder is refused', async () => {
  const text = await readFile(at(list), 'utf8');
  for (const bad of [
    text.slice(0, 200),
    text.replace('shop.tar.part002', 'shop.tar.part001'),
    text.replace('shop.tar.part002', '../shop.tar.part002'),
  ]) {
    await writeFile(at(list), bad);
    expect(await verify()).toMatchObject({ code: 75, error: 'part-list-invalid' });
  }
});

test('an export with fewer parts replaces one with more', async () => {
  const args = ['--split', '1M', '--force'];
  expect(await exportTo(at('shop.tar'), ...args)).toMatchObject({ code: 0 });
  expect((await readdir(work)).sort()).toEqual(['shop.tar.part001', list]);
  expect(await exportTo(at('shop.tar'), '--split', '1M')).toMatchObject({ code: 40 });
});

test.each([
  ['10', 2],
  ['nonsense', 2],
])('--split %s is refused', async (size, code) => {
  expect(await exportTo(at('other.tar'), '--split', size)).toMatchObject({ code });
});

test('parts may have a name in another script with spaces; one that some host cannot hold is refused', async () => {
  expect(await exportTo(at('病房 1.tar'), '--split', '100kB')).toMatchObject({ code: 0 });
  const args = [at('病房 1.tar.parts.json'), '--json'];
  expect(await bundle(['verify', ...args])).toMatchObject({ code: 0 });
  for (const name of [`${'é'.normalize('NFD')}.tar`, 'a\\b.tar']) {
    const { code, stdout } = await exportTo(at(name), '--split', '100kB');
    expect({ code, error: JSON.parse(stdout).error.expected }).toEqual({
      code: 2,
      error: 'a name that every host can hold',
    });
  }
});

test('the command lies beside the list, and reads the parts without joining them', async () => {
  const folder = at('with-command');
  await mkdir(folder);
  const engine = ['--engine', `oci:${join(original, 'layout')}`];
  const split = ['--split', '20MB', '-o', join(folder, 'shop.tar')];
  const args = ['export', join(original, 'compose.yml'), ...engine, ...split, '--no-progress'];
  const { code, stdout } = await bundle(args);
  const command = join(folder, 'shop.tar.command');
  const parts = join(folder, list);
  expect(code).toBe(0);
  expect(stdout).toContain(`sh ${command} import ${parts}`);
  const env = { ...process.env, XDG_CACHE_HOME: at('cache') };
  const verified = await promisify(execFile)('sh', [command, 'verify', parts], { env });
  expect(verified.stdout).toContain('shop');
  expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
});
