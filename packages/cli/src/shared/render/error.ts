import { BundleError, errorMeanings, reasonOf, systemErrorCode } from '@bundle/format';
import { type Colours, noColours } from '../terminal/colours.ts';
import { visible, visibleLines } from '../terminal/escape.ts';
import { t, translated } from '../text/text.ts';

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
  const { expected, found, hint } = error.details;
  if (error.code === 'interrupted') return stoppedText(error, colours);
  const lines = [`${colours.red(t`error:`)} ${placeOf(error)}`];
  if (expected !== undefined)
    lines.push(t`  expected: ${visibleLines(translated(expected), '    ')}`);
  if (found !== undefined) lines.push(t`  found:    ${visibleLines(translated(found), '    ')}`);
  if (expected === undefined && found === undefined)
    lines.push(`  ${translated(errorMeanings[error.code])}`);
  if (hint !== undefined)
    lines.push(`${colours.bold(t`What to do:`)} ${visibleLines(translated(hint))}`);
  if (debug) lines.push(colours.dim(visibleLines(stackOf(error))));
  return lines.join('\n');
}

/** Says what was done, and with what. */
function placeOf({ details: { operation, subject } }: BundleError): string {
  const words = translated(operation);
  return visible(subject === undefined ? words : `${words} ${translated(subject)}`);
}

function stoppedText(error: BundleError, colours: Colours): string {
  const { operation, hint } = error.details;
  const what = operation === anyWork ? '' : t` while ${placeOf(error)}`;
  return [
    t`${colours.yellow(t`stopped`)}${what}, by Ctrl-C or a signal`,
    ...(hint === undefined ? [] : [visibleLines(translated(hint))]),
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
