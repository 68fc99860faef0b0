import type { EnvStatement } from './env-syntax.ts';
import {
  appendLines,
  applyEdits,
  endsLine,
  eolOf,
  lastStatements,
  lineEnd,
  type TextEdit,
} from './env-text.ts';
import { envValues, lastValues, parseEnvSyntax, readEnvFile } from './env-values.ts';
import type { Lookup } from './template.ts';

/**
 * Copies lines from one env file to another as they are written: with quotes, variables and comments, and all lines of
 * a name that has several. Each replaces the variable's last line there, or is appended. If replacing would change a
 * value, because a line uses variables that are set further down, all lines are appended in order.
 *
 * A value still changes if the other file sets a variable that the line uses to another value: compare the `envValues`
 * of both. Throws for a text that Compose refuses; errors call the two files by the names in `files`.
 */
export function carryEnvLines(
  from: string,
  into: string,
  names: Iterable<string>,
  lookup: Lookup,
  files: { readonly from?: string; readonly into?: string } = {},
): string {
  const wanted = new Set(names);
  const carried = parseEnvSyntax(from, files.from).statements.filter(({ name }) =>
    wanted.has(name),
  );
  const places = lastStatements(parseEnvSyntax(into, files.into).statements);
  const eol = eolOf(into);
  const edits: TextEdit[] = [];
  const added: string[] = [];
  for (const [name, group] of Map.groupBy(carried, (statement) => statement.name)) {
    const place = places.get(name);
    const lines = group.map((statement) => writtenLine(from, statement));
    if (place === undefined) added.push(...lines);
    else edits.push(lineEdit(into, place, lines.join(eol), eol));
  }
  const inPlace = appendLines(applyEdits(into, edits), added, eol);
  const values = envValues(from, lookup, { file: files.from });
  const isKept = (text: string): boolean => {
    // Another line of the file may lack a variable.
    const found = lastValues(readEnvFile(text, lookup).entries);
    return carried.every(({ name }) => found.get(name) === values.get(name));
  };
  if (isKept(inPlace)) return inPlace;
  const lines = carried.map((statement) => writtenLine(from, statement));
  const atEnd = appendLines(into, lines, eol);
  return isKept(atEnd) ? atEnd : inPlace;
}

/** Returns a statement as it is written, with the comment after it. */
function writtenLine(text: string, statement: EnvStatement): string {
  const end = endsLine(text, statement) ? lineEnd(text, statement.end) : statement.end;
  return text.slice(statement.start, end);
}

function lineEdit(text: string, place: EnvStatement, lines: string, eol: string): TextEdit {
  const isAlone = endsLine(text, place);
  const end = isAlone ? lineEnd(text, place.end) : place.end;
  // Another statement may follow on the line; and at the end of a file, a name alone needs its newline.
  const gap = !isAlone || end === text.length ? eol : '';
  return { start: place.start, end, text: `${lines}${gap}` };
}
