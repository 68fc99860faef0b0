import { BundleError, type ErrorCode, reasonOf, systemErrorCode } from '@bundle/format';

/** Turns a system error of a read or a write into the error that a user sees; others pass unchanged. */
export function ioError(
  thrown: unknown,
  operation: string,
  subject: string,
  fallback: ErrorCode,
): unknown {
  const code = systemErrorCode(thrown);
  if (thrown instanceof BundleError || code === undefined) return thrown;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new BundleError('no-space', {
      operation,
      subject,
      expected: 'enough free space',
      found: 'no space left on the device',
      hint: 'Free some space there or choose another place; nothing was left half-written.',
      cause: thrown,
    });
  }
  return new BundleError(fallback, {
    operation,
    subject,
    found: reasonOf(thrown),
    hint: hints[code] ?? 'Check the path and its permissions, then run the command again.',
    cause: thrown,
  });
}

const hints: Readonly<Record<string, string>> = {
  ENOENT: 'Check the path.',
  EACCES: 'Check the permissions, or run the command as a user who may do this.',
  EPERM: 'Check the permissions, or run the command as a user who may do this.',
  EROFS: 'The file system is read-only: choose another place.',
  EIO: 'The medium cannot be read or written reliably: copy the bundle to another one.',
};
