import type { ErrorCode } from '@bundle/format';

/** Codes for failing to open a bundle and read its bundle.json. */
export const openingCodes: readonly ErrorCode[] = [
  'input-unreadable',
  'medium-failed',
  'bundle-not-found',
  'size-mismatch',
  'file-missing',
  'archive-truncated',
  'archive-invalid',
  'manifest-invalid',
  'schema-newer',
  'part-missing',
  'part-damaged',
  'part-list-invalid',
];

/** Codes for failing to read all bytes of a bundle. */
export const verifyingCodes: readonly ErrorCode[] = [
  ...openingCodes,
  'digest-mismatch',
  'file-unlisted',
];

/** Codes for failing to check who signed a bundle. */
export const signatureCodes: readonly ErrorCode[] = [
  'signature-missing',
  'signature-invalid',
  'signer-unknown',
  'signer-revoked',
  'signer-expired',
  'trust-invalid',
  'identity-mismatch',
];

/** How comparing a bundle with what this host has imported can end badly. */
export const orderCodes: readonly ErrorCode[] = [
  'bundle-older',
  'bundle-replayed',
  'channel-foreign',
];

/** How looking at, or removing, what `import` and `up` made can end badly. */
export const operatingCodes: readonly ErrorCode[] = [
  'engine-unreachable',
  'engine-too-old',
  'engine-failed',
  'compose-plugin-missing',
  'state-unwritable',
  'input-unreadable',
  'manifest-invalid',
  'schema-newer',
  'release-not-found',
];

/** Codes for failing to start a release. */
export const startCodes: readonly ErrorCode[] = [
  ...operatingCodes,
  'compose-invalid',
  'image-not-found',
  'no-space',
  'busy',
  'start-failed',
  'settings-missing',
  'settings-sealed',
  'consent-missing',
  'project-foreign',
  'release-unhealthy',
  'config-check-failed',
  'port-taken',
  'return-failed',
];

/** Codes for failing to import a bundle, or to start it afterwards. */
export const importCodes: readonly ErrorCode[] = [
  ...new Set([...verifyingCodes, ...startCodes]),
  ...signatureCodes,
  ...orderCodes,
  'platform-mismatch',
  'load-mismatch',
  'preflight-failed',
  'base-missing',
  'base-damaged',
  'delta-invalid',
];
