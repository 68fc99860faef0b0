import { types } from 'node:util';
import { BundleError, type ErrorCode, reasonOf, systemErrorCode } from '@bundle/format';

/** Converts a system error of a read or write into the error shown to the user; other errors pass unchanged. */
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
    found: wordsFor(thrown, code, subject),
    hint: hints[code] ?? 'Check the path and its permissions, then run the command again.',
    cause: thrown,
  });
}

/** Returns what the system says in plain words, where it is about the subject itself. */
function wordsFor(thrown: unknown, code: string, subject: string): string {
  const words = reasons[code];
  // The system names what is too long: a hidden name that nobody gave, beside that of the subject.
  if (words !== undefined && code === 'ENAMETOOLONG') return words;
  const isOfSubject =
    types.isNativeError(thrown) &&
    'path' in thrown &&
    thrown.path === subject &&
    !('dest' in thrown);
  return words !== undefined && isOfSubject ? words : reasonOf(thrown);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  ENAMETOOLONG: 'the name is too long',
};

/**
 * Converts the error of a failed read of a bundle: `medium-failed` if the medium was removed or does not work.
 * `listed`: the file was there when the bundle was opened.
 */
export function readError(thrown: unknown, subject: string, listed = false): unknown {
  const code = systemErrorCode(thrown);
  if (thrown instanceof BundleError || code === undefined || !isMediumCode(code, listed)) {
    return ioError(thrown, 'reading', subject, 'input-unreadable');
  }
  return new BundleError('medium-failed', {
    operation: 'reading',
    subject,
    expected: 'a readable medium that is not removed',
    found: reasonOf(thrown),
    hint: 'Put the medium in again and run the command again. If it fails at the same place again, copy the bundle to another medium.',
    cause: thrown,
  });
}

export function isMediumCode(code: string, listed: boolean): boolean {
  return mediumCodes.has(code) || (listed && code === 'ENOENT');
}

/** Errors of a device, not of a path (errno(3)); a removed device can report any of them. */
const mediumCodes: ReadonlySet<string> = new Set([
  'EIO',
  'ENXIO',
  'ENODEV',
  'ENOMEDIUM',
  'ESTALE',
  'EREMOTEIO',
  'EUCLEAN',
  'ETIMEDOUT',
]);

const hints: Readonly<Record<string, string>> = {
  ENOENT: 'Check the path.',
  EACCES: 'Check the permissions, or run the command as a user who may do this.',
  EPERM: 'Check the permissions, or run the command as a user who may do this.',
  ENAMETOOLONG:
    'Choose a shorter name. Most file systems take 255 bytes, and a name has up to 60 more while its file is written.',
  EROFS: 'The file system is read-only: choose another place.',
  EIO: 'The medium cannot be read or written reliably: use another one.',
};
