import { readFile } from 'node:fs/promises';
import { ioError, sizeOf } from '@bundle/files';
import { BundleError, limits, productName, reasonOf, releaseVersion } from '@bundle/format';
import { MalformedError } from '@bundle/trust';
import type { Decrypter, Encrypter } from 'age-encryption';
import { z } from 'zod';
import { isSshPrivateKey, sshIdentity } from './ssh-identity.ts';
import { isSshKey, sshRecipient } from './ssh-recipient.ts';

// The ciphers are loaded only where a file is opened or made.

const sealedSchema = z.strictObject({
  schemaVersion: z.literal(1),
  product: productName,
  version: releaseVersion,
  /** By the keys of the settings: `NAME`, or `FILE:NAME`. */
  settings: z.record(z.string(), z.string()),
});

/** Settings that were answered for a release before it reaches its host. */
export type SealedSettings = Omit<z.output<typeof sealedSchema>, 'schemaVersion'>;

/** Who can read sealed settings: holders of the keys, or whoever knows the passphrase. */
export type SealedFor =
  | { readonly recipients: readonly string[] }
  | { readonly passphrase: string };

/**
 * Encrypts settings into a text of the age format (age-encryption.org/v1). Fails with `usage` for what is not a public key of
 * age or OpenSSH.
 */
export async function sealSettings(settings: SealedSettings, readers: SealedFor): Promise<string> {
  const { armor, Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  if ('passphrase' in readers) encrypter.setPassphrase(readers.passphrase);
  else for (const recipient of readers.recipients) addRecipient(encrypter, recipient);
  const content = sealedSchema.parse({ schemaVersion: 1, ...settings });
  return `${armor.encode(await encrypter.encrypt(`${JSON.stringify(content)}\n`))}\n`;
}

function addRecipient(encrypter: Encrypter, recipient: string): void {
  try {
    encrypter.addRecipient(isSshKey(recipient) ? sshRecipient(recipient) : recipient);
  } catch (error) {
    throw new BundleError('usage', {
      operation: 'reading the recipient',
      subject: recipient,
      expected: 'a public key of age (age1…), or ssh-ed25519 or ssh-rsa of OpenSSH',
      found: reasonOf(error),
      hint: 'Make a key pair with age-keygen on the offline host, and give the public key.',
      cause: error,
    });
  }
}

/** What opens sealed settings; the passphrase is asked for only where it is needed. */
export interface SealedKeys {
  /** Private keys: lines that begin with AGE-SECRET-KEY-, and whole private keys of OpenSSH. */
  readonly identities: readonly string[];
  readonly passphrase: () => Promise<string>;
}

/** Reads the sealed settings of a release. Fails with `settings-sealed` for other keys, a damaged file or another release. */
export async function openSettings(path: string, keys: SealedKeys): Promise<SealedSettings> {
  const bytes = await readSealed(path);
  const isPassphrase = /^-> scrypt /m.test(Buffer.from(bytes).toString('latin1'));
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  if (isPassphrase) decrypter.addPassphrase(await keys.passphrase());
  else for (const identity of keys.identities) addIdentity(decrypter, identity, path);
  let text: string;
  try {
    text = await decrypter.decrypt(bytes, 'text');
  } catch (error) {
    throw sealedError(path, reasonOf(error), error);
  }
  return parseSealed(text, path);
}

async function readSealed(path: string): Promise<Uint8Array> {
  const size = await sizeOf(path);
  if (size === undefined || size > limits.maxTextFileBytes) {
    throw sealedError(path, size === undefined ? 'no file' : `${size} bytes`);
  }
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw ioError(error, 'reading the settings in', path, 'input-unreadable');
  }
  const { armor } = await import('age-encryption');
  try {
    return armor.decode(text);
  } catch (error) {
    throw sealedError(path, reasonOf(error), error);
  }
}

function addIdentity(decrypter: Decrypter, identity: string, path: string): void {
  try {
    decrypter.addIdentity(isSshPrivateKey(identity) ? sshIdentity(identity) : identity);
  } catch (error) {
    const isSsh = error instanceof MalformedError;
    throw sealedError(
      path,
      `a private key that cannot be used${isSsh ? `: ${error.message}` : ''}`,
      error,
    );
  }
}

function parseSealed(text: string, path: string): SealedSettings {
  try {
    const { schemaVersion: _, ...settings } = sealedSchema.parse(JSON.parse(text));
    return settings;
  } catch (error) {
    throw sealedError(path, 'another content than settings', error);
  }
}

function sealedError(path: string, found: string, cause?: unknown): BundleError {
  return new BundleError('settings-sealed', {
    operation: 'opening the settings in',
    subject: path,
    expected: 'a file of `bundle settings`, and the passphrase or key that it was made for',
    found,
    hint: 'Give the private key with --identity, or type the passphrase that it was made with. A private key of SSH must have no passphrase (a copy: ssh-keygen -p -N "" -f COPY). If the file is damaged, copy it again.',
    cause,
  });
}
