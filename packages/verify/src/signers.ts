import { BundleError, type Digest } from '@bundle/format';
import { type Judgement, judgeSignatures, signatureError, type TrustRules } from '@bundle/trust';
import type { OpenedBundle } from './open-manifest.ts';

/** Which signatures a bundle needs. */
export interface SignaturePolicy extends TrustRules {
  /** Number of signers; 0 where no keys are given. */
  readonly required: number;
}

/**
 * Checks the signatures of a bundle over the bytes of bundle.json that were read. Fails with `signature-missing`,
 * `signature-invalid`, `signer-unknown`, `signer-revoked` or `signer-expired`.
 */
export function checkSigners(
  { source, bytes, signatures }: OpenedBundle,
  policy: SignaturePolicy,
): Judgement {
  const judgement = judgeSignatures(bytes, signatures, policy);
  const error = signatureError(judgement, source.path, policy.required);
  if (error !== undefined) throw error;
  return judgement;
}

/** Fails with `identity-mismatch` if a bundle is not the expected one. */
export function checkIdentity(
  { source, digest }: OpenedBundle,
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
