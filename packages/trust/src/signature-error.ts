import { BundleError, type ErrorCode } from '@bundle/format';
import type { JudgedSignature, Judgement, Verdict } from './judge.ts';

/**
 * Returns the error if the signatures are not sufficient; undefined if they are. A wrong signature is refused even
 * beside valid ones. `required`: number of signers; 0 if no list says who is trusted.
 */
export function signatureError(
  { signatures, signers, malformed }: Judgement,
  bundle: string,
  required: number,
): BundleError | undefined {
  const error = (code: ErrorCode, found: string, hint: string): BundleError =>
    new BundleError(code, {
      operation: 'checking who signed',
      subject: bundle,
      expected: expectedOf(required),
      found,
      hint,
    });
  if (malformed !== undefined)
    return error('signature-invalid', `a signature that cannot be read: ${malformed}`, again);
  const wrong = signatures.find(
    ({ verdict }) => verdict === 'wrong' || verdict === 'other-purpose',
  );
  if (wrong !== undefined) return error('signature-invalid', described(wrong), again);
  if (signers >= required) return undefined;
  if (signatures.length === 0) return error('signature-missing', 'no signature', unsigned);
  if (signers > 0) return error('signature-missing', `${signers}`, unsigned);
  const [worst] = signatures.toSorted((a, b) => rankOf(a) - rankOf(b));
  if (worst === undefined) throw new Error('no signature');
  const [code, hint] = refusals.get(worst.verdict) ?? ['signer-unknown', unknown];
  return error(code, described(worst), hint);
}

function expectedOf(required: number): string {
  if (required === 0) return 'signatures over its bundle.json';
  return required === 1
    ? 'a signature by a trusted key'
    : `signatures by ${required} trusted signers`;
}

const again =
  'The bundle or its signature was changed, or they do not belong together: get both again from their source.';
const unsigned =
  'Ask whoever made the bundle to sign it: `bundle sign BUNDLE --key KEY` signs an existing bundle.';
const unknown =
  'If the key belongs to whoever made the bundle, trust it: `bundle trust add KEYFILE`. Compare its fingerprint with them first.';

/** The most informative first. */
const refusals: ReadonlyMap<Verdict, readonly [ErrorCode, string]> = new Map([
  [
    'revoked',
    ['signer-revoked', 'Get a bundle that is signed with a key that has not been revoked.'],
  ],
  [
    'expired',
    [
      'signer-expired',
      'Get a bundle that is signed with a newer key, or check the clock of this host.',
    ],
  ],
  ['not-yet-valid', ['signer-expired', 'Check the clock of this host.']],
  [
    'not-for-this',
    ['signer-unknown', 'The list trusts this key for other purposes or other names only.'],
  ],
  ['unknown', ['signer-unknown', unknown]],
]);

function rankOf({ verdict }: JudgedSignature): number {
  const index = [...refusals.keys()].indexOf(verdict);
  return index === -1 ? refusals.size : index;
}

/** Describes a signature in a phrase: `ssh-ed25519 SHA256:…, a key that is not trusted`. */
function described(signature: JudgedSignature): string {
  return `${keyWords(signature)}, ${verdictWords[signature.verdict]}`;
}

/** Names the key of a signature: `ssh-ed25519 SHA256:…`. */
export function keyWords({ type, fingerprint }: JudgedSignature): string {
  return fingerprint === undefined ? 'a Sigstore key' : `${type} ${fingerprint}`;
}

/** Describes each verdict in a phrase about the key. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  trusted: 'a trusted key',
  unchecked: 'not checked against any list',
  'needs-key': 'not checked: that needs a list with its public key',
  wrong: 'which did not sign these bytes',
  'other-purpose': 'which did not sign a bundle',
  unsupported: 'a type of key that is not supported',
  revoked: 'a key that was revoked',
  unknown: 'a key that is not trusted',
  'not-for-this': 'a key that is not trusted for this',
  'not-yet-valid': 'a key that is not trusted yet',
  expired: 'a key that is no longer trusted',
};
