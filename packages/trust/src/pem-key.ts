import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { isSupported, type PublicKey, readPublicKey } from './public-key.ts';
import { MalformedError, wireString } from './wire.ts';

const pemStart = /^-----BEGIN (?:RSA )?PUBLIC KEY-----\r?\n/;

/** Tells whether a text is a public key in PEM, as cosign and openssl write it. */
export function isPemKey(text: string): boolean {
  return pemStart.test(text);
}

/** Reads a public key in PEM: ECDSA or RSA, the kinds that Sigstore's own readers check. Throws MalformedError. */
export function parsePemKey(text: string): PublicKey {
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch {
    throw new MalformedError('it is not a key in PEM');
  }
  return publicKeyOf(key);
}

/** Returns an ECDSA or RSA key as one of OpenSSH, so that both forms of signatures share one list of keys. */
export function publicKeyOf(key: KeyObject): PublicKey {
  const read = readPublicKey(blobOf(key));
  if (!isSupported(read)) throw new MalformedError(`keys of type ${read.type} are not supported`);
  return read;
}

/** Curves by their names in JSON Web Keys (RFC 7518) and in SSH (RFC 5656). */
const curves: ReadonlyMap<string, string> = new Map([
  ['P-256', 'nistp256'],
  ['P-384', 'nistp384'],
  ['P-521', 'nistp521'],
]);

/** Encodes a key as SSH does (RFC 4253, section 6.6, and RFC 5656, section 3.1). */
function blobOf(key: KeyObject): Buffer {
  const type = key.asymmetricKeyType;
  if (type !== 'ec' && type !== 'rsa')
    throw new MalformedError(`keys of type ${type} are not supported in PEM`);
  const { crv = '', x = '', y = '', e = '', n = '' } = numbersOf(key);
  if (type === 'rsa') return Buffer.concat([wireString('ssh-rsa'), positive(e), positive(n)]);
  const curve = curves.get(crv);
  if (curve === undefined) throw new MalformedError('its curve is not supported');
  const point = Buffer.concat([Buffer.from([4]), fromBase64Url(x), fromBase64Url(y)]);
  return Buffer.concat([wireString(`ecdsa-sha2-${curve}`), wireString(curve), wireString(point)]);
}

function numbersOf(key: KeyObject): JsonWebKey {
  try {
    return key.export({ format: 'jwk' });
  } catch {
    throw new MalformedError('its curve is not supported');
  }
}

/** Encodes a positive number: a zero goes before a first bit that is set. */
function positive(base64: string): Buffer {
  const bytes = fromBase64Url(base64);
  return wireString((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function fromBase64Url(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}
