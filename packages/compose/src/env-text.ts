import { bom, type EnvStatement, scanEnvFile } from './env-syntax.ts';

/** A replacement of a piece of text; edits must not overlap. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Replaces pieces of a text. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    pieces.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  return [...pieces, text.slice(at)].join('');
}

/** Appends lines, each with a line ending. A last line without one gets it, unless that would change its meaning. */
export function appendLines(text: string, lines: readonly string[], eol: string): string {
  if (lines.length === 0) return text;
  const at = scanEnvFile(text).appendAt;
  const before = text.slice(0, at);
  const gap = ['', bom].includes(before) || before.endsWith('\n') ? '' : eol;
  return `${before}${gap}${lines.map((line) => `${line}${eol}`).join('')}${text.slice(at)}`;
}

/** Returns the line ending of a text: that of its first line. */
export function eolOf(text: string): string {
  return text[text.indexOf('\n') - 1] === '\r' ? '\r\n' : '\n';
}

/** Finds the end of the line at a position, before its line ending. */
export function lineEnd(text: string, at: number): number {
  const newline = text.indexOf('\n', at);
  const end = newline === -1 ? text.length : newline;
  return end > at && text[end - 1] === '\r' ? end - 1 : end;
}

/** Tells whether only blanks, and perhaps a comment, follow a statement on its line. */
export function endsLine(text: string, { end }: EnvStatement): boolean {
  return /^\p{White_Space}*(?:#|$)/u.test(text.slice(end, lineEnd(text, end)));
}

/** Returns the last statement of each name, which is the one that counts. */
export function lastStatements(statements: readonly EnvStatement[]): Map<string, EnvStatement> {
  return new Map(statements.map((statement) => [statement.name, statement]));
}
