import { createHash } from 'node:crypto';
import { limits, parseJson, reasonOf } from '@bundle/format';
import {
  type Bundle,
  bundleFromJSON,
  isBundleWithMessageSignature,
  isBundleWithPublicKey,
  toMessageSignatureBundle,
} from '@sigstore/bundle';
import { z } from 'zod';
import { MalformedError, strictBase64 } from '../wire.ts';

/** A signature in Sigstore's form that a key can check. */
export interface SigstoreSignature {
  /** Without the entries of logs and the timestamps: an offline host can check neither. */
  readonly bundle: Bundle;
  /** Name of the hash, and the hash of what was signed; absent in cosign's own older form. */
  readonly signed?: { readonly hash: string; readonly digest: Buffer };
  /** What names the key, as far as anything does. */
  readonly hint: string;
}

/** The form that `cosign sign-blob` writes without `--new-bundle-format`. */
const cosignSchema = z.looseObject({ base64Signature: z.string() });

/**
 * Reads a file of Sigstore bundles: one JSON document, or one on each line. Undefined stands for a signature that no key
 * can check: one with a certificate, or over a statement of something else. Throws MalformedError.
 */
export function readSigstore(text: string, message: Buffer): (SigstoreSignature | undefined)[] {
  const documents = documentsIn(text);
  if (documents.length === 0) throw new MalformedError('it is empty');
  if (documents.length > limits.maxSigstoreSignatures)
    throw new MalformedError(`it holds more than ${limits.maxSigstoreSignatures} signatures`);
  return documents.map((document) => readDocument(document, message));
}

function documentsIn(text: string): unknown[] {
  const whole = parsed(text);
  if (whole !== undefined) return [whole];
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, index) => {
    const document = parsed(line);
    if (document !== undefined) return document;
    throw new MalformedError(`line ${index + 1} is not a Sigstore bundle`);
  });
}

function parsed(text: string): unknown {
  try {
    return parseJson(Buffer.from(text));
  } catch {
    return undefined;
  }
}

function readDocument(document: unknown, message: Buffer): SigstoreSignature | undefined {
  const old = cosignSchema.safeParse(document);
  if (old.success) return fromCosign(old.data.base64Signature, message);
  const bundle = read(document);
  if (!isBundleWithMessageSignature(bundle) || !isBundleWithPublicKey(bundle)) return undefined;
  if (!strictSchema.safeParse(document).success) throw new MalformedError('it is not valid base64');
  const { algorithm, digest } = bundle.content.messageSignature.messageDigest;
  const hash = hashes.get(algorithm);
  if (hash === undefined) throw new MalformedError('its hash is not one of SHA-2');
  const { content } = bundle.verificationMaterial;
  const hint = content.$case === 'publicKey' ? content.publicKey.hint : '';
  const verificationMaterial = { content, tlogEntries: [], timestampVerificationData: undefined };
  return { bundle: { ...bundle, verificationMaterial }, signed: { hash, digest }, hint };
}

/** Hashes by their numbers in Sigstore's HashAlgorithm. */
const hashes: ReadonlyMap<number, string> = new Map([
  [1, 'sha256'],
  [2, 'sha384'],
  [3, 'sha512'],
]);

/** The library takes any base64; one signature must not have many encodings. */
const base64Schema = z
  .string()
  .refine((text) => Buffer.from(text, 'base64').toString('base64') === text);
const strictSchema = z.looseObject({
  messageSignature: z.looseObject({
    signature: base64Schema,
    messageDigest: z.looseObject({ digest: base64Schema }),
  }),
});

function read(document: unknown): Bundle {
  try {
    return bundleFromJSON(document);
  } catch (error) {
    // The library throws errors of many kinds for what it does not expect.
    throw new MalformedError(`it is not a Sigstore bundle: ${reasonOf(error)}`);
  }
}

function fromCosign(base64: string, message: Buffer): SigstoreSignature {
  const digest = createHash('sha256').update(message).digest();
  const signature = strictBase64(base64);
  return { bundle: toMessageSignatureBundle({ digest, signature }), hint: '' };
}
