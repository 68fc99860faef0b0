import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLayout, makeSshKey, ssh, sshPath } from '@bundle/testkit';
import { buildBundle } from '../../import/test/build-bundle.ts';
import { bundle, bundleOnTerminal } from './run-bundle.ts';

let work: string;
let env: Record<string, string>;
let key: string;
let fingerprint: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'trust-'));
  env = { PATH: sshPath, BUNDLE_STATE_DIR: join(work, 'state') };
  key = await makeSshKey(work, 'ed25519', 'vendor');
  fingerprint = (await ssh('ssh-keygen', ['-l', '-f', key])).split(' ')[1] ?? '';
});
afterEach(() => rm(work, { recursive: true, force: true }));

const trust = (...args: readonly string[]) => bundle(['trust', ...args], { env });
const importOf = (path: string, ...more: readonly string[]) =>
  bundle(
    ['import', path, '--engine', `oci:${join(work, 'target')}`, '--ignore', 'compose', ...more],
    { env },
  );

test('keygen, sign, trust add: three commands, and only signed bundles are imported', async () => {
  const own = join(work, 'own');
  await bundle(['keygen', own, '--no-passphrase'], { env });
  const { path } = await buildBundle(join(work, 'shop.tar'));
  expect(await trust('add', `${own}.pub`, '--name', 'me@example.com')).toMatchObject({ code: 0 });
  const refused = await importOf(path);
  expect(refused).toMatchObject({ code: 64, stdout: '' });
  expect(refused.stderr).toContain('bundle sign');
  await bundle(['sign', path, '--key', own], { env });
  const imported = await importOf(path);
  expect(imported.stdout).toContain('signed by me@example.com: ssh-ed25519 SHA256:');
  expect(imported.code).toBe(0);
});

test('a key in PEM, as cosign has it: sign with it, trust it, and only such bundles are imported', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = join(work, 'release.pem');
  const text = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'open' } as const;
  await writeFile(pem, privateKey.export(text));
  await writeFile(`${pem}.pub`, publicKey.export({ format: 'pem', type: 'spki' }));
  const { path } = await buildBundle(join(work, 'shop.tar'));
  const added = await trust('add', `${pem}.pub`, '--name', 'vendor');
  expect(added.stdout).toMatch(/^Trusted: vendor, SHA256:/);
  expect(await importOf(path)).toMatchObject({ code: 64, stdout: '' });
  // Nobody is there to type the passphrase.
  expect(await bundle(['sign', path, '--sigstore-key', pem])).toMatchObject({ code: 2 });
  const typed = { after: 'Passphrase of', keys: 'open\n' };
  const signed = await bundleOnTerminal(['sign', path, '--sigstore-key', pem], { env, typed });
  expect(signed.stdout).toContain('Signed');
  expect((await bundle(['verify', path])).stdout).toContain(
    'a Sigstore signature, not checked: that needs a list with its public key',
  );
  const imported = await importOf(path);
  expect(imported.stdout).toContain('signed by vendor: ecdsa-sha2-nistp256 SHA256:');
  expect(imported.code).toBe(0);
  await trust('revoke', `${pem}.pub`);
  expect(await importOf(path)).toMatchObject({ code: 67, stdout: '' });
  expect(await bundle(['sign', path])).toMatchObject({ code: 2 });
});

test('an export signs for cosign, too, and says how to sign when that fails', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = join(work, 'release.pem');
  await writeFile(pem, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  await writeFile(`${pem}.pub`, publicKey.export({ format: 'pem', type: 'spki' }));
  await makeLayout(join(work, 'layout'), [{ reference: 'app:1', layers: [{ text: 'base' }] }]);
  await writeFile(join(work, 'compose.yml'), 'name: shop\nservices: {app: {image: "app:1"}}\n');
  const exported = (output: string, ...more: readonly string[]) =>
    bundle(
      [
        ...['export', join(work, 'compose.yml'), '-o', join(work, output), '--no-runtime'],
        ...['--engine', `oci:${join(work, 'layout')}`, '--no-progress', ...more],
      ],
      { env },
    );
  await trust('add', `${pem}.pub`, '--name', 'vendor');
  for (const output of ['shop.tar', 'shop']) {
    const made = await exported(output, '--sigstore-key', pem, '--sign', key);
    expect(made).toMatchObject({ code: 0 });
    expect((await importOf(join(work, output))).stdout).toMatch(/signed by vendor|Up to date/);
  }
  const failed = await exported('other.tar', '--sigstore-key', join(work, 'nothing'));
  expect(failed).toMatchObject({ code: 78, stderr: expect.stringContaining('--sigstore-key') });
  expect(await bundle(['verify', join(work, 'other.tar')])).toMatchObject({ code: 0 });
});

test('add names a key by its comment, shows its fingerprint, and explains the effect', async () => {
  expect(await trust('add', `${key}.pub`)).toMatchObject({
    code: 0,
    stdout: `Trusted: vendor, ${fingerprint}\nAn import needs a signature by a trusted key.\n`,
  });
  expect((await trust('add', `${key}.pub`)).stdout).toMatch(/^Already trusted/);
  const { stdout } = await trust('list');
  expect(stdout).toContain(`vendor  ssh-ed25519  ${fingerprint}`);
  expect(stdout).toContain(join(work, 'state', '_trust'));
  expect(JSON.parse((await trust('list', '--json')).stdout)).toMatchObject({
    required: 1,
    keys: [{ fingerprint, principals: 'vendor', revoked: false }],
  });
});

test('on a terminal add asks, and trusts nothing without a yes', async () => {
  const { stdout } = await bundleOnTerminal(['trust', 'add', `${key}.pub`], {
    env,
    typed: { after: 'Trust vendor', keys: 'n\n' },
  });
  expect(stdout).toContain('Nothing was changed');
  expect((await trust('list')).stdout).toContain(
    'No key is trusted.\nUnsigned bundles are accepted.',
  );
});

test('remove and revoke take a file, a fingerprint or a name', async () => {
  for (const which of [`${key}.pub`, fingerprint, 'vendor']) {
    await trust('add', `${key}.pub`);
    expect(await trust('remove', which)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('An import needs a signature'),
    });
    expect(await trust('remove', which)).toMatchObject({ code: 66 });
  }
  await trust('add', `${key}.pub`);
  expect(await trust('revoke', 'nobody')).toMatchObject({ code: 66 });
  expect((await trust('revoke', 'vendor')).stdout).toBe(`Revoked ${fingerprint}\n`);
  expect((await trust('list')).stdout).toContain(`${fingerprint}  revoked`);
  expect(await trust('add', `${key}.pub`)).toMatchObject({ code: 67 });
  const revoked = await readFile(join(work, 'state', '_trust', 'revoked'), 'utf8');
  // In the format of ssh-keygen.
  await writeFile(join(work, 'revoked'), revoked);
  expect(revoked.split('\n')).toHaveLength(2);
});

test('require accepts at most the number of signers, and off for none', async () => {
  expect(await trust('require', '1')).toMatchObject({ code: 2 });
  await trust('add', `${key}.pub`);
  expect(await trust('require', '2')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('trusts 1 signer'),
  });
  await trust('add', `${await makeSshKey(work, 'ecdsa-256', 'other')}.pub`);
  expect((await trust('require', '2')).stdout).toBe(
    'An import needs a signature by 2 trusted signers.\n',
  );
  expect((await trust('require', 'off')).stdout).toBe('Unsigned bundles are accepted.\n');
  // Trusting a key turns the requirement on again.
  const third = `${await makeSshKey(work, 'ecdsa-384', 'third')}.pub`;
  expect((await trust('add', third)).stdout).toContain('An import needs a signature');
});

test.each([
  [['add'], 2],
  [['list', 'x'], 2],
  [['require', '100'], 2],
  [['require', 'none'], 2],
  [['add', '/nonexistent.pub'], 45],
])('trust %j is refused with %s', async (args, code) => {
  expect(await trust(...args)).toMatchObject({ code });
});

test('a private key in place of a public one is refused and not shown', async () => {
  const { code, stderr } = await trust('add', key);
  expect(code).toBe(69);
  expect(stderr).toContain('.pub');
  const [, secret = ''] = (await readFile(key, 'utf8')).split('\n');
  expect(stderr).not.toContain(secret.slice(0, 20));
});
