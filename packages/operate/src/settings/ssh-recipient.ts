import {
  constants,
  createCipheriv,
  createHash,
  hkdfSync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { type PublicKey, parseKeyFile } from '@bundle/trust';
import type { Recipient } from 'age-encryption';

// Recipients of the age format for keys of OpenSSH, as the age command has them (filippo.io/age/agessh).

export const ed25519Label = 'age-encryption.org/v1/ssh-ed25519';
export const rsaLabel = 'age-encryption.org/v1/ssh-rsa';

/** Tells whether a text is a public key of OpenSSH. */
export function isSshKey(text: string): boolean {
  return /^(?:ssh|ecdsa|sk)-\S+ /.test(text);
}

/**
 * Makes a recipient of a public key of OpenSSH, `ssh-ed25519 AAAA…`. Fails with `trust-invalid` for what is not a key, and
 * throws a TypeError for a kind of key that cannot encrypt.
 */
export function sshRecipient(text: string): Recipient {
  const { key } = parseKeyFile(text, 'the recipient');
  if (key.type === 'ssh-ed25519') return ed25519Recipient(key);
  if (key.type === 'ssh-rsa') return rsaRecipient(key);
  throw new TypeError(`a key of type ${key.type} can only sign`);
}

function ed25519Recipient({ blob }: PublicKey): Recipient {
  return {
    wrapFileKey: async (fileKey) => {
      const { Stanza } = await import('age-encryption');
      const { ed25519, x25519 } = await import('@noble/curves/ed25519.js');
      const theirs = ed25519.utils.toMontgomery(blob.subarray(-32));
      const secret = randomBytes(32);
      const share = x25519.getPublicKey(secret);
      const shared = x25519.getSharedSecret(secret, theirs);
      const key = wrappingKey(x25519.getSharedSecret(tweakOf(blob), shared), share, theirs);
      const args = ['ssh-ed25519', tagOf(blob), base64(share)];
      return [new Stanza(args, sealed(key, fileKey))];
    },
  };
}

function rsaRecipient({ blob, key }: PublicKey): Recipient {
  return {
    wrapFileKey: async (fileKey) => {
      const { Stanza } = await import('age-encryption');
      return [new Stanza(['ssh-rsa', tagOf(blob)], publicEncrypt(rsaOptions(key), fileKey))];
    },
  };
}

/** Returns the options of RSA-OAEP as age uses it. */
export function rsaOptions<Key>(key: Key) {
  const oaepLabel = Buffer.from(rsaLabel);
  return { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256', oaepLabel };
}

/** Returns the first bytes of a key's digest, by which its holder finds the stanza. `blob`: the key in SSH's encoding. */
export function tagOf(blob: Buffer): string {
  return base64(createHash('sha256').update(blob).digest().subarray(0, 4));
}

/** Returns the scalar that ties a shared secret to the SSH key. */
export function tweakOf(blob: Buffer): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', new Uint8Array(), blob, ed25519Label, 32));
}

/** Returns the key that encrypts the file key. `share`, `theirs`: public keys of X25519. */
export function wrappingKey(shared: Uint8Array, share: Uint8Array, theirs: Uint8Array): Uint8Array {
  const salt = Buffer.concat([share, theirs]);
  return new Uint8Array(hkdfSync('sha256', shared, salt, ed25519Label, 32));
}

function sealed(key: Uint8Array, fileKey: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, noNonce, { authTagLength });
  return Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
}

/** Each key encrypts one message only, so age uses no nonce. */
export const noNonce = Buffer.alloc(12);
export const authTagLength = 16;

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}
