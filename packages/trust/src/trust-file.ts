import { BundleError, limits } from '@bundle/format';
import { MalformedError } from './wire.ts';

/** Reads a text line by line. Fails with `trust-invalid`, the reason thrown by `read`, the line's number and `hint`. */
export function readLines<Item>(
  text: string,
  file: string,
  read: (line: string) => Item | undefined,
  hint?: string,
): Item[] {
  if (text.length > limits.maxTrustFileBytes)
    throw trustInvalid(file, `more than ${limits.maxTrustFileBytes} bytes`);
  return text.split('\n').flatMap((line, index) => {
    try {
      const item = read(line.trim());
      return item === undefined ? [] : [item];
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      throw trustInvalid(file, `line ${index + 1}: ${error.message}`, hint);
    }
  });
}

export function trustInvalid(file: string, found: string, hint = fileHint): BundleError {
  return new BundleError('trust-invalid', {
    operation: 'reading',
    subject: file,
    expected: 'public keys of OpenSSH, one on a line',
    found,
    hint,
  });
}

const fileHint =
  'ssh-keygen(1), ALLOWED SIGNERS, describes such files. Correct the line, or remove it.';
