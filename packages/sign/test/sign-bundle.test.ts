import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { paths } from '@bundle/format';
import { openBundle } from '@bundle/store';
import { makeSshKey, ssh, sshPath, startSshAgent } from '@bundle/testkit';
import { judgeSignatures, parseAllowedSigners, signatureNamespace } from '@bundle/trust';
import { openManifest, verifyBundle } from '@bundle/verify';
import { buildBundle, contentsOf, forms, quiet, rewrite } from '../../import/test/build-bundle.ts';
import { type SignOptions, signBundle } from '../src/index.ts';

const run = promisify(execFile);
const env = { ...process.env, PATH: sshPath };
let work: string;
let key: string;
beforeEach(async () => {
  work = await realpath(await mkdtemp(join(tmpdir(), 'sign-')));
  key = await makeSshKey(work, 'ed25519');
});
afterEach(() => rm(work, { recursive: true, force: true }));

const sign = (bundle: string, more: Partial<SignOptions> = {}) =>
  signBundle({ bundle, key, env, signal: quiet.signal, ...more });
const nameOf = (form: string): string => join(work, form === 'tar' ? 'shop.tar' : 'shop');

/** Returns the number of trusted signers of a bundle if only these keys are trusted. */
async function signersOf(bundle: string, ...keys: readonly string[]): Promise<number> {
  const { bytes, signatures } = await openManifest(bundle);
  const lines = await Promise.all(keys.map((one) => readFile(`${one}.pub`, 'utf8')));
  const list = lines.map((line, index) => `signer${index} ${line}`).join('');
  const rules = { trusted: parseAllowedSigners(list, 'list'), now: new Date() };
  return judgeSignatures(bytes, signatures, rules).signers;
}

describe.each(forms)('a %s', (form) => {
  test('is signed in place, and nothing else in it changes', async () => {
    const { path } = await buildBundle(nameOf(form));
    const before = await contentsOf(path);
    const { size } = await stat(path);
    expect(await signersOf(path, key)).toBe(0);
    expect(await sign(path)).toMatchObject({ already: false, product: 'shop' });
    const after = await contentsOf(path);
    expect(after.get(paths.signature)?.toString()).toMatch(/^-----BEGIN SSH SIGNATURE/);
    after.delete(paths.signature);
    expect(after).toEqual(before);
    if (form === 'tar') expect((await stat(path)).size).toBe(size);
    expect(await signersOf(path, key)).toBe(1);
    expect((await verifyBundle(path, quiet)).findings).toEqual([]);
    expect((await readdir(work)).filter((name) => name.includes('.sig'))).toEqual([]);
  });

  test('accepts a signature by each of several keys, but only one by each', async () => {
    const { path } = await buildBundle(nameOf(form));
    const second = await makeSshKey(work, 'ecdsa-256');
    await sign(path);
    await sign(path, { key: second });
    expect(await sign(path)).toMatchObject({ already: true });
    // ECDSA signatures differ each time.
    expect(await sign(path, { key: second })).toMatchObject({ already: true });
    expect((await openManifest(path)).signatures.join('').match(/BEGIN/g)).toHaveLength(2);
    expect(await signersOf(path, key, second)).toBe(2);
    expect((await verifyBundle(path, quiet)).findings).toEqual([]);
  });
});

test.each(forms)(
  'a %s that is replaced while somebody types the passphrase stays as it is',
  async (form) => {
    const { path } = await buildBundle(nameOf(form));
    const other = await buildBundle(join(work, `next${form === 'tar' ? '.tar' : ''}`), undefined, {
      version: '2.0',
    });
    const next = await contentsOf(other.path);
    const onRead = (): void => {
      rmSync(path, { recursive: true });
      cpSync(other.path, path, { recursive: true });
    };
    await expect(sign(path, { onRead })).rejects.toMatchObject({
      code: 'signing-failed',
      details: { found: `bundle ${(await openManifest(other.path)).digest}` },
    });
    expect(await contentsOf(path)).toEqual(next);
    expect((await readdir(work)).filter((name) => name.includes('.sig'))).toEqual([]);
  },
);

test.each(forms)('a %s has the signatures of all who sign it at once', async (form) => {
  const keys = [key, await makeSshKey(work, 'ecdsa-256'), await makeSshKey(work, 'rsa-3072')];
  for (let round = 0; round < 4; round += 1) {
    const { path } = await buildBundle(nameOf(form), undefined, { force: true });
    const reports = await Promise.all(keys.map((one) => sign(path, { key: one })));
    expect(reports.map(({ already }) => already)).toEqual([false, false, false]);
    expect(await signersOf(path, ...keys)).toBe(3);
    for (const name of await readdir(work)) if (name.includes('.sig')) await rm(join(work, name));
  }
  expect((await readdir(work)).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a signed single file is read by GNU tar, and its signature by ssh-keygen', async () => {
  const { path } = await buildBundle(nameOf('tar'));
  await sign(path);
  const { stdout } = await run('tar', ['-tf', path]);
  const listed = [...(await openBundle(path)).entries.keys()];
  expect(stdout.trim().split('\n')).toEqual(listed);
  await run('tar', ['-C', work, '-xf', path, paths.manifest, paths.signature]);
  await writeFile(join(work, 'allowed'), `me ${await readFile(`${key}.pub`, 'utf8')}`);
  const args = ['-Y', 'verify', '-f', join(work, 'allowed'), '-I', 'me', '-n', signatureNamespace];
  const input = await readFile(join(work, paths.manifest));
  const words = await ssh('ssh-keygen', [...args, '-s', join(work, paths.signature)], { input });
  expect(words).toMatch(/Good "bundle-manifest@v1" signature for me/);
});

test('a single file without room, and one in parts, have their signature beside them', async () => {
  const { path } = await buildBundle(nameOf('tar'));
  await rewrite(path, () => undefined);
  const bytes = await readFile(path);
  expect(await sign(path)).toMatchObject({ file: `${path}.sig` });
  expect(await readFile(path)).toEqual(bytes);
  expect(await signersOf(path, key)).toBe(1);
  const parts = join(work, 'parts.tar');
  const { report } = await buildBundle(parts, undefined, { partBytes: 65_536 });
  expect(await sign(report.output)).toMatchObject({ file: `${parts}.sig` });
  expect(await signersOf(report.output, key)).toBe(1);
  expect((await verifyBundle(report.output, quiet)).findings).toEqual([]);
});

test('a bundle in parts is signed with only its first part present', async () => {
  const parts = join(work, 'parts.tar');
  const random = randomBytes(300_000).toString('base64');
  const images = [{ reference: 'shop-api:1.0', layers: [{ text: random }] }];
  const { report } = await buildBundle(parts, images, { partBytes: 150_000 });
  await rm(`${parts}.part002`);
  expect(await sign(report.output)).toMatchObject({ file: `${parts}.sig` });
});

test('a key that only an agent holds signs', async () => {
  const { path } = await buildBundle(nameOf('folder'));
  const agent = await startSshAgent();
  try {
    await ssh('ssh-add', ['-q', key], { env: agent.env });
    await rm(key);
    await sign(path, { key: `${key}.pub`, env: { ...env, ...agent.env } });
    expect(await signersOf(path, key)).toBe(1);
  } finally {
    await agent.stop();
  }
});

test.each<
  [string, Partial<SignOptions> | ((path: string) => Promise<Partial<SignOptions>>), string]
>([
  ['there is no such key', { key: '/nonexistent' }, 'signing-failed'],
  ['there is no ssh-keygen', { env: { PATH: '/nonexistent' } }, 'signing-failed'],
  [
    'the key is too weak',
    async () => ({ key: await makeSshKey(work, 'rsa-1024') }),
    'signing-failed',
  ],
  [
    'it has a signature over another bundle',
    async (path) => {
      const other = await buildBundle(join(work, 'other'), undefined, { version: '2.0' });
      await sign(other.path);
      const text = await readFile(join(other.path, paths.signature));
      await writeFile(join(path, paths.signature), text);
      return {};
    },
    'signature-invalid',
  ],
  [
    'its signature cannot be read',
    async (path) => {
      await writeFile(join(path, paths.signature), 'x');
      return {};
    },
    'signature-invalid',
  ],
])('a bundle is left unchanged when %s', async (_, options, code) => {
  const { path } = await buildBundle(nameOf('folder'));
  const chosen = typeof options === 'function' ? await options(path) : options;
  const before = await contentsOf(path);
  await expect(sign(path, chosen)).rejects.toMatchObject({ code });
  expect(await contentsOf(path)).toEqual(before);
});

test('a signature file of more than 64 KiB is not read', async () => {
  const { path } = await buildBundle(nameOf('folder'));
  await writeFile(join(path, paths.signature), 'x'.repeat(65_537));
  await expect(openManifest(path)).rejects.toMatchObject({ code: 'manifest-invalid' });
});

test('a key that others may read is refused by ssh-keygen, and the reason is shown', async () => {
  const { path } = await buildBundle(nameOf('folder'));
  await chmod(key, 0o644);
  await expect(sign(path)).rejects.toMatchObject({
    details: { found: expect.stringMatching(/UNPROTECTED PRIVATE KEY FILE|bad permissions/) },
  });
});
