import { BundleError, errorMeanings, reasonOf, systemErrorCode } from '@bundle/format';
import { type Colours, noColours } from '../terminal/colours.ts';
import { visible, visibleLines } from '../terminal/escape.ts';

/** What a command did when it cannot say more exactly. */
const anyWork = 'running the command';

/** Converts anything thrown into a BundleError; an unforeseen error becomes `internal`. */
export function toBundleError(thrown: unknown, aborted: boolean): BundleError {
  if (thrown instanceof BundleError) return thrown;
  if (aborted || isPromptExit(thrown)) {
    return new BundleError('interrupted', { operation: anyWork, cause: thrown });
  }
  return new BundleError('internal', {
    operation: anyWork,
    found: reasonOf(thrown),
    hint: 'This is a bug in the program. Run it again with --verbose and report what it prints.',
    cause: thrown,
  });
}

/** Tells whether an error means Ctrl-C at a question, which the prompt library throws. */
function isPromptExit(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    (thrown.name === 'ExitPromptError' || thrown.name === 'AbortPromptError')
  );
}

/** Formats an error as the human-readable block for stderr. */
export function errorText(error: BundleError, colours: Colours, debug: boolean): string {
  const { operation, subject, expected, found, hint } = error.details;
  if (error.code === 'interrupted') return stoppedText(error, colours);
  const lines = [
    `${colours.red('error:')} ${visible(subject === undefined ? operation : `${operation} ${subject}`)}`,
  ];
  if (expected !== undefined) lines.push(`  expected: ${visibleLines(expected, '    ')}`);
  if (found !== undefined) lines.push(`  found:    ${visibleLines(found, '    ')}`);
  if (expected === undefined && found === undefined) lines.push(`  ${errorMeanings[error.code]}`);
  if (hint !== undefined) lines.push(`${colours.bold('What to do:')} ${visibleLines(hint)}`);
  if (debug) lines.push(colours.dim(visibleLines(stackOf(error))));
  return lines.join('\n');
}

function stoppedText({ details: { operation, subject, hint } }: BundleError, colours: Colours) {
  const where = visible(subject === undefined ? operation : `${operation} ${subject}`);
  const what = operation === anyWork ? '' : ` while ${where}`;
  return [
    `${colours.yellow('stopped')}${what}, by Ctrl-C or a signal`,
    ...(hint === undefined ? [] : [visibleLines(hint)]),
  ].join('\n');
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

/** Formats an error as the object for --json. */
export function errorJson(error: BundleError): object {
  const { operation, subject, expected, found, hint } = error.details;
  const { code, exitCode, message } = error;
  return { code, exitCode, message, operation, subject, expected, found, hint };
}

/** Says that the result could not be written to stdout; the exit code of a command that failed anyway is kept. */
export function reportLostResult(
  lost: Error,
  exitCode: number | string | null | undefined,
): number | string {
  const isFull = ['ENOSPC', 'EDQUOT'].includes(systemErrorCode(lost) ?? '');
  const error = new BundleError(isFull ? 'no-space' : 'output-unwritable', {
    operation: 'writing the result to stdout',
    found: reasonOf(lost),
    hint: 'Only this output was lost: redirect it elsewhere, or free some space there.',
  });
  process.stderr.write(`${errorText(error, noColours, false)}\n`);
  return exitCode || error.exitCode;
}
