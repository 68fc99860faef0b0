import { BundleError, type Digest } from '@bundle/format';
import { type Judgement, signatureError, type TrustRules } from '@bundle/trust';
import type { OpenedBundle } from './open-manifest.ts';

/** Which signatures a bundle needs. */
export interface SignaturePolicy extends TrustRules {
  /** Number of signers; 0 where no keys are given. */
  readonly required: number;
}

/** A bundle, or another document that is signed like bundle.json. */
type Signed = Pick<OpenedBundle, 'bytes' | 'signatures' | 'sigstore'> & {
  readonly source: Pick<OpenedBundle['source'], 'path'>;
};

/**
 * Checks the signatures of a bundle over the bytes of bundle.json that were read. Fails with `signature-missing`,
 * `signature-invalid`, `signer-unknown`, `signer-revoked` or `signer-expired`.
 */
export async function checkSigners(opened: Signed, policy: SignaturePolicy): Promise<Judgement> {
  const judgement = await judgeSigned(opened, policy);
  const error = signatureError(judgement, opened.source.path, policy.required);
  if (error !== undefined) throw error;
  return judgement;
}

/** Judges the signatures of a bundle. Loads what reads keys only if there are any, because that takes milliseconds. */
export async function judgeSigned(
  { bytes, signatures, sigstore }: Pick<OpenedBundle, 'bytes' | 'signatures' | 'sigstore'>,
  rules: TrustRules,
): Promise<Judgement> {
  if (signatures.length + sigstore.length === 0) return { signatures: [], signers: 0 };
  const { joinJudgements, judgeSignatures } = await import('@bundle/trust');
  const judged = judgeSignatures(bytes, signatures, rules);
  if (sigstore.length === 0) return judged;
  const { judgeSigstore } = await import('@bundle/trust/sigstore');
  return joinJudgements(judged, judgeSigstore(bytes, sigstore, rules));
}

/** Fails with `identity-mismatch` if a bundle is not the expected one. */
export function checkIdentity(
  { source, digest }: Pick<Signed, 'source'> & Pick<OpenedBundle, 'digest'>,
  expected: Digest | undefined,
): void {
  if (expected === undefined || digest === expected) return;
  throw new BundleError('identity-mismatch', {
    operation: 'comparing the identity of',
    subject: source.path,
    expected,
    found: digest,
    hint: 'This is not the expected bundle, or it has been changed: get it again from its source.',
  });
}
