import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { MalformedError, WireReader } from './wire.ts';

/** The kind of a key, which decides how its signatures are made. */
export type KeyKind =
  | { readonly family: 'ed25519'; readonly securityKey: boolean }
  | { readonly family: 'ecdsa'; readonly curve: Curve; readonly securityKey: boolean }
  | { readonly family: 'rsa'; readonly securityKey: false };

interface Curve {
  /** Names of the curve in SSH (RFC 5656) and in JSON Web Keys (RFC 7518). */
  readonly ssh: string;
  readonly jwk: string;
  readonly bytes: number;
  readonly hash: 'sha256' | 'sha384' | 'sha512';
}

const p256: Curve = { ssh: 'nistp256', jwk: 'P-256', bytes: 32, hash: 'sha256' };
const p384: Curve = { ssh: 'nistp384', jwk: 'P-384', bytes: 48, hash: 'sha384' };
const p521: Curve = { ssh: 'nistp521', jwk: 'P-521', bytes: 66, hash: 'sha512' };

const kinds: ReadonlyMap<string, KeyKind> = new Map<string, KeyKind>([
  ['ssh-ed25519', { family: 'ed25519', securityKey: false }],
  ['sk-ssh-ed25519@openssh.com', { family: 'ed25519', securityKey: true }],
  ['ecdsa-sha2-nistp256', { family: 'ecdsa', curve: p256, securityKey: false }],
  ['ecdsa-sha2-nistp384', { family: 'ecdsa', curve: p384, securityKey: false }],
  ['ecdsa-sha2-nistp521', { family: 'ecdsa', curve: p521, securityKey: false }],
  ['sk-ecdsa-sha2-nistp256@openssh.com', { family: 'ecdsa', curve: p256, securityKey: true }],
  ['ssh-rsa', { family: 'rsa', securityKey: false }],
]);

const minRsaBits = 2048;
/** The limit of OpenSSH: the time to verify grows with the square of the length. */
const maxRsaBits = 16_384;

/** A public key that signatures can be checked with. */
export interface PublicKey {
  /** Key type, such as `ssh-ed25519`. */
  readonly type: string;
  readonly kind: KeyKind;
  /** The key in SSH's binary encoding. Two keys are the same if and only if these bytes are. */
  readonly blob: Buffer;
  /** `SHA256:` and base64 without padding, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  readonly key: KeyObject;
  /** What a FIDO key was made for, `ssh:` by default. */
  readonly application: string;
}

/** A key of an unsupported type. */
export interface UnsupportedKey {
  readonly type: string;
  readonly fingerprint: string;
}

/** Returns the fingerprint of a key as `ssh-keygen -l` prints it. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

export function isSupported(key: PublicKey | UnsupportedKey): key is PublicKey {
  return 'key' in key;
}

/** Reads a public key in SSH's binary encoding; throws MalformedError for an invalid or a weak key. */
export function readPublicKey(blob: Buffer): PublicKey | UnsupportedKey {
  const reader = new WireReader(blob);
  const type = reader.name();
  const fingerprint = fingerprintOf(blob);
  const kind = kinds.get(type);
  if (kind === undefined) return { type, fingerprint };
  const jwk = jwkReaders[kind.family](reader, kind);
  const application = kind.securityKey ? reader.name() : '';
  reader.end();
  return { type, kind, blob, fingerprint, application, key: keyObject(jwk) };
}

const jwkReaders = {
  ed25519: (reader: WireReader): JsonWebKey => {
    const x = reader.string();
    if (x.length !== 32) throw new MalformedError('the key is not 32 bytes long');
    return { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') };
  },
  ecdsa: (reader: WireReader, kind: KeyKind): JsonWebKey => {
    if (kind.family !== 'ecdsa') throw new MalformedError('the key has no curve');
    const { ssh, jwk, bytes } = kind.curve;
    if (reader.name() !== ssh)
      throw new MalformedError('the curve of the key does not match its type');
    const point = reader.string();
    // SEC 1, 2.3.3: uncompressed.
    if (point.length !== 1 + 2 * bytes || point[0] !== 4)
      throw new MalformedError('the key is not an uncompressed point');
    return {
      kty: 'EC',
      crv: jwk,
      x: point.subarray(1, 1 + bytes).toString('base64url'),
      y: point.subarray(1 + bytes).toString('base64url'),
    };
  },
  rsa: (reader: WireReader): JsonWebKey => {
    const e = reader.positive();
    const n = reader.positive();
    const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
    if (bits < minRsaBits) throw new MalformedError(`an RSA key of ${bits} bits, fewer than 2048`);
    if (bits > maxRsaBits) throw new MalformedError(`an RSA key of ${bits} bits, more than 16384`);
    if (e.length > 8) throw new MalformedError('an RSA key with an exponent of more than 64 bits');
    return { kty: 'RSA', e: e.toString('base64url'), n: n.toString('base64url') };
  },
};

function keyObject(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ format: 'jwk', key: jwk });
  } catch {
    throw new MalformedError('its numbers do not form a valid key');
  }
}
