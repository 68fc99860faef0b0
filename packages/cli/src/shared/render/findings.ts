import { BundleError, type ErrorCode, exitCodes, type Finding } from '@bundle/format';
import type { Colours } from '../terminal/colours.ts';
import { visible } from '../terminal/escape.ts';

/** A finding that says which error it stands for. */
export type CodedFinding = Finding & { readonly code?: ErrorCode };

/** One line each: `FILE:LINE: error: PATH: message`. */
export function findingsText(findings: readonly Finding[], colours: Colours): string {
  return findings.map((finding) => findingText(finding, colours)).join('\n');
}

function findingText({ severity, file, line, path, message }: Finding, colours: Colours): string {
  const where = `${visible(file)}${line === undefined ? '' : `:${line}`}`;
  const mark = severity === 'error' ? colours.red(severity) : colours.yellow(severity);
  return `${where}: ${mark}: ${path ? `${visible(path)}: ` : ''}${visible(message)}`;
}

/** What findings mean for the command as a whole: their common code, or `findings-present` for several. */
export function findingsError(
  findings: readonly CodedFinding[],
  details: { readonly operation: string; readonly subject: string; readonly hint: string },
): BundleError | undefined {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return undefined;
  const codes = new Set(errors.map(({ code }) => (isErrorCode(code) ? code : 'findings-present')));
  const [only] = codes;
  return new BundleError(codes.size === 1 && only !== undefined ? only : 'findings-present', {
    ...details,
    expected: 'no errors',
    found: errors.length === 1 ? '1, listed above' : `${errors.length}, listed above`,
  });
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(exitCodes, code);
}
