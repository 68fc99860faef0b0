import { ioError } from '@bundle/files';
import { BundleError, reasonOf } from '@bundle/format';

/** Turns a system error of a write to the state folder into `no-space` or `state-unwritable`; others pass unchanged. */
export function stateError(error: unknown, subject: string): unknown {
  const operation = 'writing the state folder';
  const mapped = ioError(error, operation, subject, 'state-unwritable');
  if (!(mapped instanceof BundleError) || mapped.code !== 'state-unwritable') return mapped;
  return new BundleError('state-unwritable', {
    operation,
    subject,
    found: reasonOf(error),
    hint: 'Choose a folder you may write with --state-dir or BUNDLE_STATE_DIR, or run as root.',
    cause: error,
  });
}
