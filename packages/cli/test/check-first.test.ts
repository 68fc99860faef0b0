import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createLayoutEngine } from '@bundle/engine';
import { exportBundle } from '@bundle/export';
import { checksumsText } from '@bundle/format';
import { makeLayout, makeSshKey, sshPath } from '@bundle/testkit';
import { openManifest } from '@bundle/verify';
import { quiet, sampleImages, samplePlan, sha256 } from '../../import/test/build-bundle.ts';
import { bundle } from './run-bundle.ts';

const run = promisify(execFile);
const env = { PATH: sshPath };
let work: string;
let key: string;
let folder: string;
const at = (name: string): string => join(work, name);

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'check-first-'));
  key = await makeSshKey(work, 'ed25519', 'vendor');
  folder = await packed('1.0', 'the command');
});
afterEach(() => rm(work, { recursive: true, force: true }));

/** A bundle that carries something as its command, and a file whose name JSON and shells write in other ways. */
async function packed(version: string, command: string): Promise<string> {
  await writeFile(at('command'), command);
  const output = at(`shop-${version}`);
  const layout = at(`layout-${version}`);
  await makeLayout(layout, sampleImages);
  const plan = samplePlan();
  const page = { path: `pages/ü "one" $(id)  it's *.html`, content: { text: 'a page' } };
  const files = [...plan.files, { ...page, executable: false, why: 'test' }];
  await exportBundle(
    createLayoutEngine(layout),
    { ...plan, files },
    {
      ...quiet,
      output,
      version,
      format: 'folder',
      force: false,
      pull: 'never',
      rebuild: false,
      runtimes: async () => [{ path: 'runtime/bundle', program: at('command') }],
    },
  );
  return output;
}
const sign = (path: string) => bundle(['sign', path, '--key', key], { env });

/** Runs the line that README.txt gives, with a list of keys and a name in it. */
async function checkByHand(): Promise<string> {
  await writeFile(at('keys'), `vendor ${await readFile(`${key}.pub`, 'utf8')}`);
  const readme = await readFile(join(folder, 'README.txt'), 'utf8');
  const [line = ''] = /^ *ssh-keygen -Y verify .*$/m.exec(readme) ?? [];
  const filled = line.replace('KEYS', at('keys')).replace('NAME', 'vendor');
  return (await run('sh', ['-ec', filled], { cwd: folder, env })).stdout;
}

test('README.txt says what runs unchecked, and its one line checks who made the bundle and every file', async () => {
  const readme = await readFile(join(folder, 'README.txt'), 'utf8');
  expect(readme).toMatch(
    /install\.sh and runtime\/bundle come\s+with this bundle.*before it is checked/s,
  );
  await sign(folder);
  const words = await checkByHand();
  const { manifest } = await openManifest(folder);
  expect(words.match(/: OK$/gm)).toHaveLength(manifest.files.length);
  expect(words).toContain('runtime/bundle: OK');
  expect(words).toContain('Good "bundle-manifest@v1" signature for vendor');
});

test('that line is not taken in by a program and a checksums.sha256 that were changed together', async () => {
  await sign(folder);
  const { manifest, digest } = await openManifest(folder);
  const evil = 'another command';
  await writeFile(join(folder, 'runtime/bundle'), evil);
  const files = manifest.files.map((file) =>
    file.path === 'runtime/bundle' ? { ...file, sha256: sha256(Buffer.from(evil)) } : file,
  );
  await writeFile(join(folder, 'checksums.sha256'), checksumsText(files, digest.slice(7)));
  // What is not enough.
  await run('sha256sum', ['-c', '--quiet', 'checksums.sha256'], { cwd: folder });
  await expect(checkByHand()).rejects.toMatchObject({
    stdout: expect.stringContaining('runtime/bundle: FAILED'),
  });
});

test('that line stops at a bundle.json that nobody signed', async () => {
  await sign(folder);
  const text = await readFile(join(folder, 'bundle.json'), 'utf8');
  await writeFile(join(folder, 'bundle.json'), text.replace('"1.0"', '"1.1"'));
  await expect(checkByHand()).rejects.toMatchObject({ stdout: expect.not.stringContaining('OK') });
});

test('a bundle replaces the command of the host only when it is signed as the host requires', async () => {
  const host = ['--engine', `oci:${at('engine')}`, '--ignore', 'compose', '--yes'];
  const importOf = (path: string) =>
    bundle(['import', path, '--state-dir', at('state'), ...host], { env });
  const installed = () => readFile(at('state/shop/current/runtime/bundle'), 'utf8');
  await bundle(['trust', 'add', `${key}.pub`, '--state-dir', at('state')], { env });
  await sign(folder);
  expect(await importOf(folder)).toMatchObject({ code: 0 });
  const next = await packed('2.0', 'another command');
  expect(await importOf(next)).toMatchObject({ code: 64 });
  expect(await installed()).toBe('the command');
  await sign(next);
  expect(await importOf(next)).toMatchObject({ code: 0 });
  expect(await installed()).toBe('another command');
});
