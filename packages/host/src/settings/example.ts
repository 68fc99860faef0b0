import { lastValues, readEnvFile, scanEnvFile } from '@bundle/compose';

/** A name of an example, and the comment lines right above it. */
export interface ExampleEntry {
  /** Empty for `#NAME=`, a name that is not set. */
  readonly value: string;
  readonly isSet: boolean;
  readonly comments: readonly string[];
}

const assignment = /^\s*(#?)\s*(?:export\s+)?([A-Za-z_]\w*)\s*[=:]/;

/** Reads the names of an example in their order. One that Compose would refuse is read as far as it can be. */
export function exampleEntries(text: string): Map<string, ExampleEntry> {
  const values = lastValues(readEnvFile(text, () => undefined).entries);
  const entries = new Map<string, ExampleEntry>();
  let comments: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, hash = '', name = ''] = assignment.exec(line) ?? [];
    const isSet = hash === '';
    if (name !== '' && (isSet ? values.has(name) : /^[A-Z_][A-Z0-9_]*$/.test(name))) {
      const value = isSet ? (values.get(name) ?? '') : '';
      if (!entries.has(name)) entries.set(name, { value, isSet, comments });
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
