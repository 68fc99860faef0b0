import {
  createDecipheriv,
  createHash,
  createPrivateKey,
  type KeyObject,
  privateDecrypt,
} from 'node:crypto';
import { MalformedError, WireReader } from '@bundle/trust';
import type { Identity, Stanza } from 'age-encryption';
import {
  authTagLength,
  noNonce,
  rsaOptions,
  tagOf,
  tweakOf,
  wrappingKey,
} from './ssh-recipient.ts';

/** First line of a private key as ssh-keygen writes it. */
const firstLine = '-----BEGIN OPENSSH PRIVATE KEY-----';
const magic = Buffer.from('openssh-key-v1\0');

/** Tells whether a text is a private key of OpenSSH. */
export function isSshPrivateKey(text: string): boolean {
  return text.trimStart().startsWith(firstLine);
}

/**
 * Makes an identity of a private key of OpenSSH (openssh-portable, PROTOCOL.key). Throws MalformedError for a damaged key,
 * one with a passphrase, and one that can only sign.
 */
export function sshIdentity(text: string): Identity {
  const base64 = text.replace(/-----(?:BEGIN|END) OPENSSH PRIVATE KEY-----/g, '');
  const reader = new WireReader(Buffer.from(base64, 'base64'));
  if (!reader.take(magic.length).equals(magic)) throw new MalformedError('it is not a private key');
  const cipher = reader.name();
  reader.string();
  reader.string();
  if (cipher !== 'none') throw new MalformedError('it has a passphrase');
  if (reader.uint32() !== 1) throw new MalformedError('it is not one key');
  const blob = reader.string();
  const secret = new WireReader(reader.string());
  const check = secret.uint32();
  if (secret.uint32() !== check) throw new MalformedError('its check numbers differ');
  const type = secret.name();
  if (type === 'ssh-ed25519') return ed25519Identity(blob, secret);
  if (type === 'ssh-rsa') return rsaIdentity(blob, rsaKey(secret));
  throw new MalformedError(`a key of type ${type} can only sign`);
}

function ed25519Identity(blob: Buffer, secret: WireReader): Identity {
  secret.string();
  const seed = secret.string().subarray(0, 32);
  return {
    unwrapFileKey: async (stanzas) => {
      const found = stanzaFor(stanzas, 'ssh-ed25519', blob);
      if (found === undefined) return null;
      const { x25519 } = await import('@noble/curves/ed25519.js');
      const scalar = createHash('sha512').update(seed).digest().subarray(0, 32);
      const share = Buffer.from(found.args[2] ?? '', 'base64');
      const shared = x25519.getSharedSecret(scalar, share);
      const key = wrappingKey(
        x25519.getSharedSecret(tweakOf(blob), shared),
        share,
        x25519.getPublicKey(scalar),
      );
      return opened(key, found.body);
    },
  };
}

function opened(key: Uint8Array, body: Uint8Array): Uint8Array {
  const end = Math.max(0, body.length - authTagLength);
  const decipher = createDecipheriv('chacha20-poly1305', key, noNonce, { authTagLength });
  decipher.setAuthTag(body.subarray(end));
  return Buffer.concat([decipher.update(body.subarray(0, end)), decipher.final()]);
}

function rsaIdentity(blob: Buffer, key: KeyObject): Identity {
  return {
    unwrapFileKey: (stanzas) => {
      const found = stanzaFor(stanzas, 'ssh-rsa', blob);
      return found === undefined ? null : privateDecrypt(rsaOptions(key), found.body);
    },
  };
}

function rsaKey(secret: WireReader): KeyObject {
  const read = () => secret.positive();
  const [n, e, d, qi, p, q] = [read(), read(), read(), read(), read(), read()];
  const modulo = (prime: Buffer): string =>
    encoded(numberOf(d) % (numberOf(prime) - 1n), prime.length);
  const text = (bytes: Buffer): string => bytes.toString('base64url');
  return createPrivateKey({
    format: 'jwk',
    key: {
      ...{ kty: 'RSA', n: text(n), e: text(e), d: text(d), p: text(p), q: text(q) },
      ...{ dp: modulo(p), dq: modulo(q), qi: text(qi) },
    },
  });
}

function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}

function encoded(value: bigint, bytes: number): string {
  return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex').toString('base64url');
}

function stanzaFor(stanzas: readonly Stanza[], type: string, blob: Buffer): Stanza | undefined {
  return stanzas.find(({ args }) => args[0] === type && args[1] === tagOf(blob));
}
