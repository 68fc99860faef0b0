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
