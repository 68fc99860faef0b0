import { BundleError } from '@bundle/format';

/** Makes the error for a mistake on the command line or in an environment variable. */
export function usageError(
  subject: string,
  expected: string,
  found: string,
  hint = 'See `bundle --help`.',
): BundleError {
  return new BundleError('usage', {
    operation: 'reading',
    subject,
    expected,
    found,
    hint,
  });
}
