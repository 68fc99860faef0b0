import { BundleError } from '@bundle/format';

/** Returns the error about a Compose file that cannot be used. */
export function invalidCompose(file: string, found: string): BundleError {
  return new BundleError('compose-invalid', {
    operation: 'reading the Compose file',
    subject: file,
    expected: 'a valid Compose project of local files',
    found,
    hint: 'Fix the file, then export again.',
  });
}
