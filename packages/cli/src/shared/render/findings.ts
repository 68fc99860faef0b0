import { BundleError, type ErrorCode, exitCodes, type Finding } from '@bundle/format';
import type { Colours } from '../terminal/colours.ts';
import { visible } from '../terminal/escape.ts';
import { translated } from '../text/text.ts';

/** A finding with the code of the error that it stands for. */
export type CodedFinding = Finding & { readonly code?: ErrorCode };

/** Formats findings one per line: `FILE:LINE: error: PATH: message`. */
export function findingsText(findings: readonly Finding[], colours: Colours): string {
  return findings.map((finding) => findingText(finding, colours)).join('\n');
}

function findingText({ severity, file, line, path, message }: Finding, colours: Colours): string {
  const where = `${visible(file)}${line === undefined ? '' : `:${line}`}`;
  const word = translated(severity);
  const mark = severity === 'error' ? colours.red(word) : colours.yellow(word);
  return `${where}: ${mark}: ${path ? `${visible(path)}: ` : ''}${visible(translated(message))}`;
}

/** Returns the error of the whole command: with the common code of the findings, or `findings-present` for several. */
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
