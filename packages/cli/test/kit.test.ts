import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { writeKit } from '@bundle/export';
import { type Platform, paths } from '@bundle/format';
import { carriedPlugin, installedKit, installKit } from '@bundle/host';
import { makeLayout, makeSshKey, sshSign } from '@bundle/testkit';
import { putCommand } from '../src/commands/kit/put-command.ts';
import { bundle } from './run-bundle.ts';

const platform: Platform = {
  os: 'linux',
  architecture: process.arch === 'x64' ? 'amd64' : process.arch,
};
const work = { onProgress: () => undefined, signal: new AbortController().signal };
const plugin = 'the Compose plugin';

let folder: string;
let kit: string;
let stateDir: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kit-'));
  kit = join(folder, 'kit.tar');
  stateDir = join(folder, 'state');
  await writeFile(join(folder, 'bundle'), '#!/bin/sh\n# The bundle command for Linux\necho kit\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function make(
  output = kit,
  more: Partial<Parameters<typeof writeKit>[0]> = {},
): Promise<string> {
  const programs = [
    { path: paths.runtime, program: join(folder, 'bundle') },
    { path: paths.composePlugin, bytes: zstdCompressSync(plugin) },
  ];
  const about = { version: '1.2.3', platform, plugins: { compose: '2.40.3' } };
  return (await writeKit({ ...work, output, force: true, programs, about, ...more })).digest;
}

const install = (more: object = {}) => installKit(kit, { ...work, stateDir, platform, ...more });

test('a kit gives a host the command and the plugins, without a release', async () => {
  const digest = await make();
  const installed = await install();
  expect(installed).toMatchObject({ digest, kit: { version: '1.2.3' } });
  expect(await readFile(installed.command, 'utf8')).toContain('echo kit');
  const found = await carriedPlugin(stateDir, 'compose');
  expect(await readFile(found ?? '', 'utf8')).toBe(plugin);
  expect(await carriedPlugin(stateDir, 'buildx')).toBeUndefined();
});

test('other users of the host can start the programs', async () => {
  await make();
  const { command } = await install();
  expect((await stat(join(command, '../..'))).mode & 0o777).toBe(0o755);
  expect((await stat(command)).mode & 0o777).toBe(0o755);
});

test('the same programs give the same bytes', async () => {
  await make();
  await make(join(folder, 'again.tar'));
  expect(await readFile(join(folder, 'again.tar'))).toEqual(await readFile(kit));
});

test('a newer kit takes the place of the older one, and nothing else stays', async () => {
  await make();
  const { command } = await install();
  await writeFile(join(folder, 'bundle'), 'newer');
  await make();
  expect((await install()).command).toBe(command);
  expect(await readFile(command, 'utf8')).toBe('newer');
  expect((await readdir(join(stateDir, '_kit'))).filter((name) => name !== 'current')).toHaveLength(
    1,
  );
});

test.each([
  ['a byte of a program', 'echo kit', 'echo KIT', 'digest-mismatch'],
  ['a listed digest', '"sha256": "', '"sha256": "0', 'manifest-invalid'],
  ['the kind', 'bundle-kit', 'bundle-kid', 'manifest-invalid'],
  ['a path', '"runtime/docker-compose.zst"', '"../../../usr/bin/dockerd.z"', 'manifest-invalid'],
])(
  'a kit in which somebody changed %s is refused, and the installed one stays',
  async (_case, from, to, code) => {
    await make();
    await install();
    const text = (await readFile(kit)).toString('latin1');
    expect(text).toContain(from);
    const changed = to.length === from.length ? to : to.slice(0, from.length - 1) + to.slice(-1);
    await writeFile(kit, Buffer.from(text.replace(from, changed), 'latin1'));
    await expect(install()).rejects.toMatchObject({ code });
    expect(await installedKit(stateDir)).toMatchObject({ version: '1.2.3' });
    expect(await readdir(join(stateDir, '_kit'))).toHaveLength(2);
  },
);

test('a kit for another platform, or another one than expected, is refused', async () => {
  await make(kit, {
    about: { version: '1', platform: { os: 'linux', architecture: 's390x' }, plugins: {} },
  });
  await expect(install()).rejects.toMatchObject({ code: 'platform-mismatch' });
  await make();
  await expect(install({ expectDigest: `sha256:${'0'.repeat(64)}` })).rejects.toMatchObject({
    code: 'identity-mismatch',
  });
});

test('a host that trusts keys takes only a kit that one of them signed', async () => {
  const key = await makeSshKey(folder, 'ed25519');
  const other = await makeSshKey(folder, 'ed25519', 'other');
  const signed = (by: string) => ({
    sign: (bytes: Buffer) => sshSign(by, 'bundle-manifest@v1', bytes),
  });
  expect(await bundle(['trust', 'add', `${key}.pub`, '--state-dir', stateDir])).toMatchObject({
    code: 0,
  });
  await make();
  await expect(install()).rejects.toMatchObject({ code: 'signature-missing' });
  await make(kit, signed(other));
  await expect(install()).rejects.toMatchObject({ code: 'signer-unknown' });
  await make(kit, signed(key));
  expect(await install()).toMatchObject({ kit: { version: '1.2.3' } });
});

test('a bundle for a host with a kit carries no programs, also the first of its product', async () => {
  await make();
  await writeFile(join(folder, 'compose.yml'), 'name: a\nservices: { app: { image: "app:1" } }\n');
  const layout = join(folder, 'layout');
  await makeLayout(layout, [{ reference: 'app:1', layers: [{ text: 'app' }] }]);
  const engine = ['--engine', `oci:${layout}`];
  const inventory = async (name: string): Promise<string> => {
    const file = join(folder, name);
    const host = ['--engine', `oci:${join(folder, 'host')}`, '--state-dir', stateDir];
    await mkdir(join(folder, 'host'), { recursive: true });
    expect(await bundle(['inventory', '-o', file, ...host])).toMatchObject({ code: 0 });
    return file;
  };
  const pack = (file: string) =>
    bundle([
      'export',
      join(folder, 'compose.yml'),
      ...engine,
      '--for',
      file,
      '-o',
      join(folder, 'a'),
    ]);
  expect(await pack(await inventory('without.json'))).toMatchObject({
    stderr: expect.stringContaining('A host that has never had this product needs a whole bundle'),
  });
  await install();
  const file = await inventory('with.json');
  const listed = JSON.parse(await readFile(file, 'utf8'));
  expect(listed.kit).toEqual({ version: '1.2.3' });
  expect(listed.programs.map(({ path }: { path: string }) => path)).toEqual([
    paths.runtime,
    paths.composePlugin,
  ]);
  expect(await pack(file)).toMatchObject({ code: 0 });
  expect(await readdir(join(folder, 'a'))).not.toContain('runtime');
  const target = ['--engine', `oci:${join(folder, 'host')}`, '--state-dir', stateDir];
  expect(await bundle(['import', join(folder, 'a'), '--yes', ...target])).toMatchObject({
    code: 0,
  });
});

test('a kit given as a bundle, and a bundle given as a kit, are named for what they are', async () => {
  await make();
  const verified = await bundle(['verify', kit]);
  expect(verified.stderr).toContain(`Install it on this host: bundle kit ${kit}`);
  await writeFile(join(folder, 'compose.yml'), 'name: a\nservices: { app: { image: "app:1" } }\n');
  await makeLayout(join(folder, 'layout'), [{ reference: 'app:1', layers: [{ text: 'app' }] }]);
  const output = join(folder, 'app.tar');
  const args = ['export', join(folder, 'compose.yml'), '--no-runtime', '-o', output];
  await bundle([...args, '--engine', `oci:${join(folder, 'layout')}`]);
  const { code, stderr } = await bundle(['kit', output, '--state-dir', stateDir]);
  expect(code).not.toBe(0);
  expect(stderr).toContain('a bundle is imported with `bundle import`');
  expect((await bundle(['kit'])).stderr).toContain(
    'either -o FILE, to write a kit, or a kit to install',
  );
});

test('a wrong name of a kit is answered with what it should be and the names beside it', async () => {
  await make();
  const state = ['--state-dir', stateDir];
  const wrong = await bundle(['kit', join(folder, 'kt.tar'), ...state]);
  expect(wrong.stderr).toContain('expected: a file that `bundle kit -o FILE` made');
  expect(wrong.stderr).toContain('found:    nothing there');
  expect(wrong.stderr).toContain('In the same folder: kit.tar');
  const aFolder = await bundle(['kit', folder, ...state]);
  expect(aFolder.stderr).toContain('expected: a file that `bundle kit -o FILE` made');
  expect(aFolder.stderr).toContain('found:    not a regular file');
});

test('a kit replaces a kit with --force, and no other file', async () => {
  await make();
  await expect(make(kit, { force: false })).rejects.toMatchObject({ code: 'output-exists' });
  await writeFile(kit, 'something else');
  await expect(make()).rejects.toMatchObject({ code: 'output-exists' });
  expect(await readFile(kit, 'utf8')).toBe('something else');
});

test('the command gets its name on the PATH, unless something else has it', async () => {
  const path = join(folder, 'usr-local-bin-bundle');
  await make();
  const { command } = await install();
  expect(await putCommand(command, path)).toEqual({ path, isOwn: true });
  expect(await putCommand(command, path)).toEqual({ path, isOwn: true });
  expect(await readFile(path, 'utf8')).toContain('echo kit');
  await rm(path);
  await writeFile(path, '#!/usr/bin/env ruby\n');
  await chmod(path, 0o755);
  expect(await putCommand(command, path)).toEqual({ path, isOwn: false });
  expect(await readFile(path, 'utf8')).toBe('#!/usr/bin/env ruby\n');
});
