import { checkExpressible, quotedValue } from './env-quote.ts';
import type { EnvComment, EnvStatement } from './env-syntax.ts';
import {
  appendLines,
  applyEdits,
  eolOf,
  lastStatements,
  lineEnd,
  type TextEdit,
} from './env-text.ts';
import { parseEnvSyntax } from './env-values.ts';

export interface EditOptions {
  /** The name of the file in errors. */
  readonly file?: string | undefined;
  /** Whether a new variable replaces the first `#NAME=…` instead of being appended. */
  readonly replaceComments?: boolean;
}

/**
 * Sets variables of an env file to exactly these values: Compose reads them back unchanged, whatever quotes, `$` or
 * newlines they contain. A value is replaced in place; of several statements the last one, which counts. A new variable
 * is appended. Nothing else changes by a byte. Throws for a text that Compose refuses, and for values that no env file
 * can hold.
 */
export function editEnvFile(
  text: string,
  changes: ReadonlyMap<string, string>,
  { file, replaceComments = false }: EditOptions = {},
): string {
  const { statements, comments } = parseEnvSyntax(text, file);
  const last = lastStatements(statements);
  const placeholders = placeholdersOf(text, replaceComments ? comments : []);
  const edits: TextEdit[] = [];
  const added: string[] = [];
  for (const [name, value] of changes) {
    checkExpressible(name, value);
    const statement = last.get(name);
    const placeholder = placeholders.get(name);
    const line = `${name}=${quotedValue(value)}`;
    if (statement !== undefined) edits.push(valueEdit(text, statement, value));
    else if (placeholder !== undefined) edits.push({ ...placeholder, text: line });
    else added.push(line);
  }
  return appendLines(applyEdits(text, edits), added, eolOf(text));
}

function valueEdit(text: string, { end, value: old }: EnvStatement, value: string): TextEdit {
  const behind = text.slice(end, lineEnd(text, end));
  const quoted = quotedValue(value, behind);
  if (old === undefined) return { start: end, end, text: `=${quoted}` };
  return { start: old.start, end, text: quoted };
}

const commentedOut = /^#+(?!#)[\t ]*(?:export[\t ]+)?(?<name>[^\s=:]+)[\t ]*=/;

/** Finds where each name is first commented out on a line of its own. */
function placeholdersOf(
  text: string,
  comments: readonly EnvComment[],
): Map<string, Omit<TextEdit, 'text'>> {
  const places = new Map<string, Omit<TextEdit, 'text'>>();
  for (const { start, end } of comments) {
    const name = commentedOut.exec(text.slice(start, end))?.groups?.['name'];
    const before = text.slice(text.lastIndexOf('\n', start) + 1, start);
    if (name === undefined || places.has(name) || /\S/.test(before)) continue;
    places.set(name, { start, end: lineEnd(text, start) });
  }
  return places;
}
