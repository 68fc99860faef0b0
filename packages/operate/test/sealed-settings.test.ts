import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { openSettings, type SealedFor, sealSettings } from '../src/settings/sealed.ts';

const run = promisify(execFile);
const settings = { KEY: "it's 🔑\n", 'web.env:TOKEN': '' };
const sealed = { product: 'shop', version: '1.0', settings };
const nobody = () => Promise.reject(new Error('nobody knows a passphrase'));

let work: string;
let file: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'sealed-'));
  file = join(work, 'shop.settings.age');
});
afterEach(() => rm(work, { recursive: true }));

async function write(readers: SealedFor): Promise<void> {
  await writeFile(file, await sealSettings(sealed, readers));
}

test('what is encrypted for a key is opened with it, and shows nothing of the values', async () => {
  const identity = await generateX25519Identity();
  await write({ recipients: [await identityToRecipient(identity)] });
  expect(await readFile(file, 'utf8')).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
  expect(await readFile(file, 'utf8')).not.toContain('KEY');
  expect(await openSettings(file, { identities: [identity], passphrase: nobody })).toEqual(sealed);
});

test('a passphrase opens what was encrypted with it, and nothing else does', async () => {
  await write({ passphrase: 'correct horse' });
  const open = (passphrase: string) =>
    openSettings(file, { identities: [], passphrase: async () => passphrase });
  expect(await open('correct horse')).toEqual(sealed);
  await expect(open('wrong horse')).rejects.toMatchObject({ code: 'settings-sealed' });
});

test('another key does not open it, nor does none', async () => {
  const identity = await generateX25519Identity();
  await write({ recipients: [await identityToRecipient(identity)] });
  for (const identities of [[await generateX25519Identity()], [], ['AGE-SECRET-KEY-1']])
    await expect(openSettings(file, { identities, passphrase: nobody })).rejects.toMatchObject({
      code: 'settings-sealed',
    });
});

test.each<[string, (text: string) => string]>([
  ['cut short', (text) => text.slice(0, text.length / 2)],
  ['changed', (text) => text.replace(/(?<=\n.*\n.*\n.{9})./, (one) => (one === 'a' ? 'b' : 'a'))],
  ['empty', () => ''],
  ['no such file at all', () => 'KEY=1\n'],
])('a file that is %s is refused', async (_case, damage) => {
  const identity = await generateX25519Identity();
  await write({ recipients: [await identityToRecipient(identity)] });
  await writeFile(file, damage(await readFile(file, 'utf8')));
  const opened = openSettings(file, { identities: [identity], passphrase: nobody });
  await expect(opened).rejects.toMatchObject({ code: 'settings-sealed' });
});

test('what is no public key is refused before anything is written', async () => {
  await expect(write({ recipients: ['age1no'] })).rejects.toMatchObject({ code: 'usage' });
  await expect(readFile(file)).rejects.toThrow('ENOENT');
});

test('a file that is not there, and another content, are named', async () => {
  const identity = await generateX25519Identity();
  const keys = { identities: [identity], passphrase: nobody };
  await expect(openSettings(file, keys)).rejects.toMatchObject({ code: 'settings-sealed' });
  const { armor, Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(identity));
  await writeFile(file, armor.encode(await encrypter.encrypt('{"schemaVersion": 1}')));
  await expect(openSettings(file, keys)).rejects.toMatchObject({
    code: 'settings-sealed',
    details: { found: 'another content than settings' },
  });
});

describe.each(['ed25519', 'rsa'])('an SSH key of type %s', (type) => {
  let path: string;
  beforeEach(async () => {
    path = join(work, 'key');
    await run('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'of the host', '-f', path]);
  });
  const publicKey = async (): Promise<string> => (await readFile(`${path}.pub`, 'utf8')).trim();
  const open = async () =>
    openSettings(file, { identities: [await readFile(path, 'utf8')], passphrase: nobody });

  test('opens what was encrypted for it, alone or beside others', async () => {
    const other = await identityToRecipient(await generateX25519Identity());
    await write({ recipients: [other, await publicKey()] });
    expect(await open()).toEqual(sealed);
  });

  test('does not open what was encrypted for another one', async () => {
    await write({ recipients: [await publicKey()] });
    await rm(path);
    await run('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', path]);
    await expect(open()).rejects.toMatchObject({ code: 'settings-sealed' });
  });

  test('with a passphrase is refused with a way out', async () => {
    await write({ recipients: [await publicKey()] });
    await run('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret', '-f', path]);
    await expect(open()).rejects.toMatchObject({
      code: 'settings-sealed',
      details: {
        found: expect.stringContaining('passphrase'),
        hint: expect.stringContaining('ssh-keygen -p'),
      },
    });
  });
});

// Made by the age command, version 1.1.1, for the keys in the test folder.
test.each(['ed25519', 'rsa'])(
  'a file of the age command for a key of type %s is opened',
  async (type) => {
    const folder = join(import.meta.dirname, 'age-files');
    const identities = [await readFile(join(folder, `${type}.key`), 'utf8')];
    const opened = openSettings(join(folder, `${type}.age`), { identities, passphrase: nobody });
    expect(await opened).toEqual(sealed);
  },
);

test('an SSH key that can only sign is refused', async () => {
  await run('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', join(work, 'ecdsa')]);
  const recipients = [await readFile(join(work, 'ecdsa.pub'), 'utf8')];
  await expect(sealSettings(sealed, { recipients })).rejects.toMatchObject({
    code: 'usage',
    details: { found: expect.stringContaining('can only sign') },
  });
});
