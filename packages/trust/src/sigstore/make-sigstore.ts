import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { bundleToJSON, toMessageSignatureBundle } from '@sigstore/bundle';
import { keyHint } from './judge-sigstore.ts';

/** Signs bytes with an ECDSA or RSA key; returns a Sigstore bundle on one line. */
export function makeSigstore(message: Buffer, privateKey: KeyObject): string {
  const bundle = toMessageSignatureBundle({
    digest: createHash('sha256').update(message).digest(),
    signature: sign('sha256', message, privateKey),
    keyHint: keyHint(createPublicKey(privateKey)),
  });
  return `${JSON.stringify(bundleToJSON(bundle))}\n`;
}
