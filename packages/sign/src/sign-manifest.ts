import { BundleError } from '@bundle/format';
import { judgeSignatures, receiptNamespace, signatureNamespace, verdictWords } from '@bundle/trust';
import { type KeygenContext, signBytes } from './ssh-keygen.ts';

/** A signature that has been made and checked. */
export interface MadeSignature {
  readonly text: string;
  readonly type: string;
  readonly fingerprint: string;
}

/** Signs bundle.json and checks the result as every reader does. Fails with `signing-failed`. */
export function signManifest(
  bytes: Buffer,
  key: string,
  context: KeygenContext,
): Promise<MadeSignature> {
  return signFor(signatureNamespace, bytes, key, context);
}

/** The same for the receipt of a host: a signature for one is none for the other. */
export function signReceipt(
  bytes: Buffer,
  key: string,
  context: KeygenContext,
): Promise<MadeSignature> {
  return signFor(receiptNamespace, bytes, key, context);
}

async function signFor(
  namespace: string,
  bytes: Buffer,
  key: string,
  context: KeygenContext,
): Promise<MadeSignature> {
  const text = await signBytes(bytes, key, namespace, context);
  const rules = { now: new Date(0), namespace };
  const { signatures, malformed } = judgeSignatures(bytes, [text], rules);
  const [made] = signatures;
  if (made?.verdict === 'unchecked' && made.fingerprint !== undefined)
    return { text, type: made.type, fingerprint: made.fingerprint };
  throw new BundleError('signing-failed', {
    operation: 'signing with the key',
    subject: key,
    expected:
      'a signature that hosts accept: Ed25519, ECDSA, RSA of 2048 bits or more, or a FIDO key',
    found:
      malformed ?? (made === undefined ? 'none' : `${made.type}, ${verdictWords[made.verdict]}`),
    hint: 'Make a key for this with `bundle keygen`.',
  });
}
