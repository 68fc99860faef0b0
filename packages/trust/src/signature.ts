import { createHash, verify } from 'node:crypto';
import { isSupported, type PublicKey, readPublicKey, type UnsupportedKey } from './public-key.ts';
import { MalformedError, WireReader, wireString } from './wire.ts';

/**
 * The namespace of signatures over bundle.json. Signatures over files, commits or other formats have another namespace
 * and are refused.
 */
export const signatureNamespace = 'bundle-manifest@v1';

/** What is signed in the same format on the way back: the receipt of a host. */
export const receiptNamespace = 'bundle-receipt@v1';

const magic = 'SSHSIG';
const version = 1;

/** One signature in OpenSSH's format (PROTOCOL.sshsig). */
export interface Signature {
  readonly key: PublicKey | UnsupportedKey;
  readonly namespace: string;
  /** Hash of the signed bytes: `sha256` or `sha512`. */
  readonly hash: string;
  /** Signature in SSH's binary encoding: the algorithm, then its output. */
  readonly made: Buffer;
}

/** Reads a signature's binary form; throws MalformedError. */
export function readSignature(blob: Buffer): Signature {
  const reader = new WireReader(blob);
  if (reader.take(magic.length).toString('latin1') !== magic)
    throw new MalformedError('it does not begin with SSHSIG');
  const found = reader.uint32();
  if (found !== version) throw new MalformedError(`it is of version ${found} instead of 1`);
  const key = readPublicKey(reader.string());
  const namespace = reader.name();
  if (reader.string().length > 0) throw new MalformedError('its reserved field is not empty');
  const hash = reader.name();
  if (hash !== 'sha256' && hash !== 'sha512')
    throw new MalformedError('its hash is neither sha256 nor sha512');
  const made = reader.string();
  reader.end();
  return { key, namespace, hash, made };
}

/** Tells whether a signature was made by its key over these bytes, in this namespace. */
export function isMadeOver(
  { key, hash, made }: Signature,
  message: Buffer,
  namespace: string,
): boolean {
  if (!isSupported(key)) return false;
  const signed = Buffer.concat([
    Buffer.from(magic),
    wireString(namespace),
    wireString(''),
    wireString(hash),
    wireString(createHash(hash).update(message).digest()),
  ]);
  try {
    return checks(key, new WireReader(made), signed);
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

function checks(publicKey: PublicKey, reader: WireReader, signed: Buffer): boolean {
  const { kind, key, type } = publicKey;
  const algorithm = reader.name();
  const made = reader.string();
  const content = kind.securityKey ? byAuthenticator(publicKey, reader, signed) : signed;
  reader.end();
  switch (kind.family) {
    case 'ed25519':
      return algorithm === type && verify(null, content, key, made);
    case 'ecdsa': {
      if (algorithm !== type) return false;
      const { hash, bytes } = kind.curve;
      const signature = twoNumbers(made, bytes);
      return verify(hash, content, { key, dsaEncoding: 'ieee-p1363' }, signature);
    }
    case 'rsa': {
      // Never `ssh-rsa`, which is SHA-1.
      const hash = rsaHashes.get(algorithm);
      if (hash === undefined) return false;
      const bytes = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
      if (made.length > bytes) return false;
      // Some agents leave out leading zeros, which RFC 8332, section 3, tells verifiers to accept.
      return verify(hash, content, key, Buffer.concat([Buffer.alloc(bytes - made.length), made]));
    }
  }
}

const rsaHashes: ReadonlyMap<string, string> = new Map([
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
]);

/**
 * Returns the bytes that a FIDO authenticator signs (PROTOCOL.u2f): the digest of the message, enclosed in its own
 * data.
 */
function byAuthenticator({ application }: PublicKey, reader: WireReader, signed: Buffer): Buffer {
  const flagsAndCounter = reader.take(5);
  return Buffer.concat([
    createHash('sha256').update(application).digest(),
    flagsAndCounter,
    createHash('sha256').update(signed).digest(),
  ]);
}

/** Reads both numbers of an ECDSA signature, each padded to the length of the curve's numbers. */
function twoNumbers(blob: Buffer, bytes: number): Buffer {
  const reader = new WireReader(blob);
  const numbers = [reader.positive(), reader.positive()];
  reader.end();
  return Buffer.concat(
    numbers.map((number) => {
      if (number.length > bytes) throw new MalformedError('a number is longer than the curve’s');
      return Buffer.concat([Buffer.alloc(bytes - number.length), number]);
    }),
  );
}
