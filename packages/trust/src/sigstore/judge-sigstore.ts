import { createHash, type KeyObject } from 'node:crypto';
import { toSignedEntity, toTrustMaterial, VerificationError, Verifier } from '@sigstore/verify';
import type { TrustedKey } from '../allowed-signers.ts';
import {
  type JudgedSignature,
  type Judgement,
  judgeLines,
  judgementOf,
  type TrustRules,
} from '../judge.ts';
import type { PublicKey } from '../public-key.ts';
import { MalformedError } from '../wire.ts';
import { readSigstore, type SigstoreSignature } from './read-sigstore.ts';

/**
 * Judges every signature in files of Sigstore bundles over `message`, the exact bytes of bundle.json. Only a key of the
 * list can check one: such a signature does not contain its key. Never throws.
 */
export function judgeSigstore(
  message: Buffer,
  texts: readonly string[],
  rules: TrustRules,
): Judgement {
  let signatures: (SigstoreSignature | undefined)[];
  try {
    signatures = texts.flatMap((text) => readSigstore(text, message));
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return { signatures: [], signers: 0, malformed: error.message };
  }
  return judgementOf(signatures.map((signature) => judgeOne(message, signature, rules)));
}

const nameless = { type: 'Sigstore' } as const;

function judgeOne(
  message: Buffer,
  signature: SigstoreSignature | undefined,
  rules: TrustRules,
): JudgedSignature {
  if (signature === undefined) return { ...nameless, verdict: 'unsupported' };
  const { signed, hint } = signature;
  if (
    signed !== undefined &&
    !createHash(signed.hash).update(message).digest().equals(signed.digest)
  )
    return { ...nameless, verdict: 'wrong' };
  if (rules.trusted === undefined) return { ...nameless, verdict: 'needs-key' };
  const keys = new Map(rules.trusted.filter(canCheck).map(({ key }) => [key.fingerprint, key]));
  const maker = [...keys.values()].find(({ key }) => isMadeBy(signature, message, key));
  if (maker !== undefined) return judgeMaker(maker, rules);
  const named = [...keys.values()].find(({ key }) => hint !== '' && hint === keyHint(key));
  if (named === undefined) return { ...nameless, verdict: 'unknown' };
  return { type: named.type, fingerprint: named.fingerprint, verdict: 'wrong' };
}

function canCheck({ key: { kind } }: TrustedKey): boolean {
  return kind.family !== 'ed25519' && !kind.securityKey;
}

function judgeMaker({ type, fingerprint }: PublicKey, rules: TrustRules): JudgedSignature {
  if (rules.revoked?.has(fingerprint) === true) return { type, fingerprint, verdict: 'revoked' };
  // Nothing in such a signature says what it was made for, so the key must be trusted for everything.
  return { type, fingerprint, ...judgeLines(fingerprint, undefined, rules) };
}

/** Tells whether a key made the signature. No log, timestamp or certificate counts. */
function isMadeBy({ bundle }: SigstoreSignature, message: Buffer, key: KeyObject): boolean {
  const nobody = { tlogs: [], ctlogs: [], certificateAuthorities: [], timestampAuthorities: [] };
  const material = toTrustMaterial({ mediaType: '', ...nobody }, () => {
    return { publicKey: key, validFor: () => true };
  });
  const verifier = new Verifier(material, {
    tlogThreshold: 0,
    ctlogThreshold: 0,
    timestampThreshold: 0,
  });
  try {
    verifier.verify(toSignedEntity(bundle, message));
    return true;
  } catch (error) {
    if (error instanceof VerificationError) return false;
    throw error;
  }
}

/** Returns what cosign writes to name a key: the SHA-256 of its DER encoding, in base64. */
export function keyHint(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}
