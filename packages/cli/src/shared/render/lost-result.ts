import { BundleError, reasonOf, systemErrorCode } from '@bundle/format';
import { noColours } from '../terminal/colours.ts';
import { errorText } from './error.ts';

/** Says that the result could not be written to stdout; the exit code of a command that failed anyway is kept. */
export function reportLostResult(
  lost: Error,
  exitCode: number | string | null | undefined,
): number | string {
  const isFull = ['ENOSPC', 'EDQUOT'].includes(systemErrorCode(lost) ?? '');
  const error = new BundleError(isFull ? 'no-space' : 'output-unwritable', {
    operation: 'writing the result to stdout',
    found: reasonOf(lost),
    hint: 'Only these words are lost: send them elsewhere, or free some space there.',
  });
  process.stderr.write(`${errorText(error, noColours, false)}\n`);
  return exitCode || error.exitCode;
}
