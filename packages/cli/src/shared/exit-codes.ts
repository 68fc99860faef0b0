import type { ErrorCode } from '@bundle/format';

/** How opening a bundle and reading its bundle.json can end badly. */
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

/** The same for reading all of its bytes. */
export const verifyingCodes: readonly ErrorCode[] = [
  ...openingCodes,
  'digest-mismatch',
  'file-unlisted',
];

/** How checking who signed a bundle can end badly. */
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

/** How starting a release can end badly. */
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
