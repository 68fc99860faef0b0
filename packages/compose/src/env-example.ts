import { scanEnvFile } from './env-syntax.ts';
import { lastValues, readEnvFile } from './env-values.ts';

/** A name in an example, with the comment lines right above it. */
export interface ExampleEntry {
  /** Empty for `#NAME=`, which mentions a name without setting it. */
  readonly value: string;
  readonly isSet: boolean;
  /** The text behind the first `=` on its line, variables and all. */
  readonly written: string;
  readonly comments: readonly string[];
}

const assignment = /^(#?)\s*(?:export\s+)?([A-Za-z_]\w*)\s*[=:]/;
const directive = /^(?:required|optional|asked|any of)\b/i;

/**
 * Reads the names of an example in order. An example that Compose would refuse is read as far as possible. If a name
 * occurs several times, the first one counts, and later ones can only add `required`, `optional`, `asked` or `any
 * of`.
 */
export function exampleEntries(text: string): Map<string, ExampleEntry> {
  const values = lastValues(readEnvFile(text, () => undefined).entries);
  const entries = new Map<string, ExampleEntry>();
  let comments: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, hash = '', name = ''] = assignment.exec(line.trimStart()) ?? [];
    const isSet = hash === '';
    const known = entries.get(name);
    const isName = isSet ? values.has(name) : known || /^[A-Z_][A-Z0-9_]*$/.test(name);
    if (name !== '' && isName) {
      const value = isSet ? (values.get(name) ?? '') : '';
      const more = comments.filter((words) => directive.test(words));
      const written = line.slice(line.search(/[=:]/) + 1).trim();
      if (known === undefined) entries.set(name, { value, isSet, written, comments });
      else entries.set(name, { ...known, comments: [...known.comments, ...more] });
      comments = [];
    } else if (line.trim().startsWith('#')) comments.push(line.trim().replace(/^#+\s*/, ''));
    else comments = [];
  }
  return entries;
}

/** Tells whether an env file sets a name, or mentions it as `#NAME=`. */
export function mentions(text: string, name: string): boolean {
  const { statements, comments } = scanEnvFile(text);
  const commentedOut = new RegExp(`^#+\\s*(?:export\\s+)?${name}\\s*[=:]`);
  return (
    statements.some((statement) => statement.name === name) ||
    comments.some(({ start, end }) => commentedOut.test(text.slice(start, end)))
  );
}
