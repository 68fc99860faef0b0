import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readTextIfThere } from '@bundle/files';
import { BundleError, limits } from '@bundle/format';
import { MalformedError, type PublicKey } from '@bundle/trust';
import { publicKeyOf } from '@bundle/trust/sigstore';

type AskPassphrase = () => Promise<string>;

/** A private key, and its public key as one of OpenSSH. */
export interface SigstoreKey {
  readonly privateKey: KeyObject;
  readonly key: PublicKey;
}

/** Reads a private key in PEM; asks for its passphrase if it has one. Fails with `signing-failed`. */
export async function readSigstoreKey(
  path: string,
  askPassphrase: AskPassphrase,
): Promise<SigstoreKey> {
  const text = await readTextIfThere(path, { maxBytes: limits.maxTrustFileBytes });
  if (text === undefined) throw unusable(path, 'nothing there', 'Check the path.');
  if (/^-----BEGIN ENCRYPTED (SIGSTORE|COSIGN) PRIVATE KEY-----/.test(text))
    throw ownOfCosign(path);
  const privateKey = await openKey(path, text, askPassphrase);
  try {
    return { privateKey, key: publicKeyOf(createPublicKey(privateKey)) };
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw unusable(path, error.message, makeOne);
  }
}

async function openKey(path: string, text: string, ask: AskPassphrase): Promise<KeyObject> {
  // OpenSSL's error for a missing passphrase depends on its version.
  const isEncrypted = /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text);
  if (!isEncrypted) {
    try {
      return createPrivateKey(text);
    } catch {
      throw unusable(path, 'something else', makeOne);
    }
  }
  const passphrase = await ask();
  try {
    return createPrivateKey({ key: text, passphrase });
  } catch {
    throw unusable(path, 'a key that this passphrase does not open', 'Run the command again.');
  }
}

const makeOne =
  'Make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`, or sign with a key of OpenSSH: --key.';

/** cosign encrypts its keys in a way of its own; only cosign reads it. */
function ownOfCosign(path: string): BundleError {
  return unusable(
    path,
    'a key that only cosign can read',
    'Let `cosign sign-blob` sign bundle.json: `bundle sign --help` has the command.',
  );
}

function unusable(path: string, found: string, hint: string): BundleError {
  return new BundleError('signing-failed', {
    operation: 'reading the key',
    subject: path,
    expected: 'a private key in PEM: ECDSA, or RSA of 2048 bits or more',
    found,
    hint,
  });
}
