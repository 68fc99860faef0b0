import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSshKey, ssh, sshPath } from '@bundle/testkit';
import { openManifest } from '@bundle/verify';
import { buildBundle } from '../../import/test/build-bundle.ts';
import { bundle, bundleOnTerminal } from './run-bundle.ts';

const env = { PATH: sshPath };
let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'sign-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

test('keygen makes a key readable only by its owner, and sign signs with it', async () => {
  const key = join(work, 'new/folder/key');
  const made = await bundle(['keygen', key, '--no-passphrase'], { env });
  expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: '' });
  expect(made.stdout).toContain(`bundle trust add ${key}.pub`);
  expect(made.stdout).toContain((await readFile(`${key}.pub`, 'utf8')).trim());
  expect((await stat(key)).mode & 0o777).toBe(0o600);
  const { path } = await buildBundle(join(work, 'shop.tar'));
  const signed = await bundle(['sign', path, '--key', key, '--no-progress'], { env });
  expect(signed).toMatchObject({ code: 0, stderr: '' });
  const { stdout } = await bundle(['sign', path, '--key', key, '--json'], { env });
  expect(JSON.parse(stdout)).toMatchObject({ already: true, file: path });
});

test('two who sign at once both have their signature in the bundle', async () => {
  const keys = [await makeSshKey(work, 'ed25519'), await makeSshKey(work, 'ecdsa-256')];
  for (const name of ['shop.tar', 'shop']) {
    const { path } = await buildBundle(join(work, name));
    const runs = keys.map((key) => bundle(['sign', path, '--key', key, '--no-progress'], { env }));
    for (const { code, stderr } of await Promise.all(runs))
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { signatures } = await openManifest(path);
    expect(signatures.join('').match(/BEGIN/g)).toHaveLength(2);
  }
});

test('keygen never replaces a key, and omits the passphrase only on request', async () => {
  const key = await makeSshKey(work, 'ed25519');
  const before = await readFile(key);
  expect(await bundle(['keygen', key, '--no-passphrase'], { env })).toMatchObject({ code: 40 });
  expect(await readFile(key)).toEqual(before);
  const unasked = await bundle(['keygen', join(work, 'other')], { env });
  expect(unasked).toMatchObject({ code: 2 });
  expect(unasked.stderr).toContain('--no-passphrase');
});

test('ssh-keygen asks for the passphrase of a key on the terminal', async () => {
  const key = join(work, 'key');
  const making = await bundleOnTerminal(['keygen', key], {
    env,
    typed: [
      { after: 'Enter passphrase', keys: 'tr0ub4dor\n' },
      { after: 'Enter same passphrase', keys: 'tr0ub4dor\n' },
    ],
  });
  expect(making.code).toBe(0);
  await expect(ssh('ssh-keygen', ['-y', '-P', '', '-f', key])).rejects.toThrow();
  const { path } = await buildBundle(join(work, 'shop'));
  const signing = await bundleOnTerminal(['sign', path, '--key', key], {
    env,
    typed: { after: 'Enter passphrase', keys: 'tr0ub4dor\n' },
  });
  expect(signing.stdout).toContain('Signed');
  expect(signing.code).toBe(0);
  // Without a terminal, nobody can type it.
  expect(await bundle(['sign', path, '--key', key], { env })).toMatchObject({ code: 78 });
});
