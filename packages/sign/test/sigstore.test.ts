import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { paths } from '@bundle/format';
import {
  cosign,
  cosignAccepts,
  cosignPath,
  makeCosignKey,
  makeSshKey,
  sshPath,
} from '@bundle/testkit';
import { parseAllowedSigners, parseKeyFile } from '@bundle/trust';
import { judgeSigned, openManifest, verifyBundle } from '@bundle/verify';
import { buildBundle, contentsOf, forms, quiet } from '../../import/test/build-bundle.ts';
import { signBundle } from '../src/index.ts';

const run = promisify(execFile);
const env = { ...process.env, PATH: sshPath };
let work: string;
beforeEach(async () => {
  work = await realpath(await mkdtemp(join(tmpdir(), 'sigstore-')));
});
afterEach(() => rm(work, { recursive: true, force: true }));

const nameOf = (form: string): string => join(work, form === 'tar' ? 'shop.tar' : 'shop');
const never = async (): Promise<string> => {
  throw new Error('nobody should be asked');
};
const sign = (bundle: string, sigstoreKey: string, askPassphrase = never) =>
  signBundle({ bundle, sigstoreKey, askPassphrase, env, signal: quiet.signal });

/** Writes a key pair in PEM; returns the path of the private key. */
async function makeKey(type: string, name = type, passphrase?: string): Promise<string> {
  const pair =
    type === 'RSA'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: type });
  const sealed = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  const path = join(work, name);
  await writeFile(path, pair.privateKey.export({ type: 'pkcs8', format: 'pem', ...sealed }));
  await writeFile(`${path}.pub`, pair.publicKey.export({ type: 'spki', format: 'pem' }));
  return path;
}

/** Returns the number of trusted signers of a bundle if only these keys are trusted, each under a name. */
async function signersOf(bundle: string, keys: Readonly<Record<string, string>>): Promise<number> {
  const lines = await Promise.all(
    Object.entries(keys).map(async ([path, name]) => {
      const { line } = parseKeyFile(await readFile(path, 'utf8'), path);
      return `${name} ${line}\n`;
    }),
  );
  const rules = { trusted: parseAllowedSigners(lines.join(''), 'list'), now: new Date() };
  return (await judgeSigned(await openManifest(bundle), rules)).signers;
}

describe.each(forms)('a %s', (form) => {
  test('is signed in place, and nothing else in it changes', async () => {
    const { path } = await buildBundle(nameOf(form));
    const key = await makeKey('P-256');
    const before = await contentsOf(path);
    const { size } = await stat(path);
    expect(await sign(path, key)).toMatchObject({ already: false, type: 'ecdsa-sha2-nistp256' });
    expect(await sign(path, key)).toMatchObject({ already: true });
    const after = await contentsOf(path);
    expect(after.has(paths.sigstore)).toBe(true);
    after.delete(paths.sigstore);
    expect(after).toEqual(before);
    if (form === 'tar') expect((await stat(path)).size).toBe(size);
    expect(await signersOf(path, { [`${key}.pub`]: 'vendor' })).toBe(1);
    expect((await verifyBundle(path, quiet)).findings).toEqual([]);
    expect((await readdir(work)).filter((name) => name.includes('.sigstore'))).toEqual([]);
  });

  test('has signatures in both forms; one signer of both counts once', async () => {
    const { path } = await buildBundle(nameOf(form));
    const [pem, second] = [await makeKey('P-256'), await makeKey('P-384')];
    const key = await makeSshKey(work, 'ed25519');
    await sign(path, pem);
    await signBundle({ bundle: path, key, env, signal: quiet.signal });
    await sign(path, second);
    const [a, b, c] = [`${pem}.pub`, `${second}.pub`, `${key}.pub`];
    expect(await signersOf(path, { [a]: 'x', [b]: 'y', [c]: 'z' })).toBe(3);
    expect(await signersOf(path, { [a]: 'x', [b]: 'x', [c]: 'x' })).toBe(1);
    expect((await verifyBundle(path, quiet)).findings).toEqual([]);
  });
});

test('a key with a passphrase asks for it; a wrong one and other files are refused', async () => {
  const { path } = await buildBundle(nameOf('folder'));
  const key = await makeKey('P-256', 'sealed', 'correct');
  const failed = { code: 'signing-failed' };
  await expect(sign(path, key, async () => 'wrong')).rejects.toMatchObject(failed);
  for (const name of ['missing', 'sealed.pub', 'shop/bundle.json'])
    await expect(sign(path, join(work, name))).rejects.toMatchObject(failed);
  await expect(sign(path, await makeKey('secp256k1'))).rejects.toMatchObject(failed);
  expect(await sign(path, key, async () => 'correct')).toMatchObject({ already: false });
});

(cosignPath === undefined ? describe.skip : describe)('cosign', () => {
  test.each(['P-256', 'P-384', 'P-521', 'RSA'])(
    'accepts a signature by a key of type %s, and none over changed bytes',
    async (type) => {
      const { path } = await buildBundle(nameOf('folder'));
      const key = await makeKey(type);
      await sign(path, key);
      const [signature, manifest] = [join(path, paths.sigstore), join(path, paths.manifest)];
      expect(await cosignAccepts(`${key}.pub`, signature, manifest)).toBe(true);
      await writeFile(manifest, `${await readFile(manifest, 'utf8')} `);
      expect(await cosignAccepts(`${key}.pub`, signature, manifest)).toBe(false);
    },
  );

  test.each(['--new-bundle-format', '--new-bundle-format=false'])(
    'signs with a key of its own and %s, inside a folder and beside a single file',
    async (format) => {
      await makeCosignKey(work);
      const keys = { [join(work, 'cosign.pub')]: 'vendor' };
      const folder = await buildBundle(nameOf('folder'));
      const file = await buildBundle(nameOf('tar'));
      await run('tar', ['-C', work, '-xf', file.path, paths.manifest]);
      for (const [bundle, manifest, signature] of [
        [folder.path, join(folder.path, paths.manifest), join(folder.path, paths.sigstore)],
        [file.path, join(work, paths.manifest), `${file.path}.sigstore.json`],
      ] as const) {
        expect(await signersOf(bundle, keys)).toBe(0);
        const flags = ['--key', 'cosign.key', '--tlog-upload=false', '--yes', format];
        const made = await cosign(work, 'sign-blob', ...flags, '--bundle', signature, manifest);
        expect(made).toMatchObject({ code: 0 });
        expect(await signersOf(bundle, keys)).toBe(1);
        expect((await verifyBundle(bundle, quiet)).findings).toEqual([]);
      }
    },
  );

  test('a key that only it can read says how to sign with it', async () => {
    await makeCosignKey(work);
    const { path } = await buildBundle(nameOf('folder'));
    await expect(sign(path, join(work, 'cosign.key'))).rejects.toMatchObject({
      code: 'signing-failed',
      details: { hint: expect.stringContaining('cosign sign') },
    });
  });
});
