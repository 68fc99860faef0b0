export { parseAllowedSigners, type TrustedKey } from './allowed-signers.ts';
export * from './judge.ts';
export { type NamedKey, parseKeyFile } from './key-text.ts';
export { isSupported, type PublicKey, type UnsupportedKey } from './public-key.ts';
export { parseRevokedKeys } from './revoked-keys.ts';
export { receiptNamespace, signatureNamespace } from './signature.ts';
export * from './signature-error.ts';
export { MalformedError, WireReader } from './wire.ts';
