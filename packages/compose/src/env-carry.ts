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
 * Carries lines of one env file over to another as they are written: with their quotes, variables and comments, and all
 * of them where a name has several. Each takes the place of the variable's last line there, else it goes to the end.
 * Where that would change a value, as the line uses variables that are set further down, all go to the end in their
 * order.
 *
 * A value still changes where the other file gives its own value to a variable that the line uses: compare the
 * `envValues` of both. Throws for a text that Compose refuses; `files` are what errors call the two.
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
    // Some other line of it may lack a variable.
    const found = lastValues(readEnvFile(text, lookup).entries);
    return carried.every(({ name }) => found.get(name) === values.get(name));
  };
  if (isKept(inPlace)) return inPlace;
  const lines = carried.map((statement) => writtenLine(from, statement));
  const atEnd = appendLines(into, lines, eol);
  return isKept(atEnd) ? atEnd : inPlace;
}

/** Gives a statement as it is written, with the comment behind it. */
function writtenLine(text: string, statement: EnvStatement): string {
  const end = endsLine(text, statement) ? lineEnd(text, statement.end) : statement.end;
  return text.slice(statement.start, end);
}

function lineEdit(text: string, place: EnvStatement, lines: string, eol: string): TextEdit {
  const isAlone = endsLine(text, place);
  const end = isAlone ? lineEnd(text, place.end) : place.end;
  // Another statement may follow in the line; and at the end of a file, a name alone needs its newline.
  const gap = !isAlone || end === text.length ? eol : '';
  return { start: place.start, end, text: `${lines}${gap}` };
}
