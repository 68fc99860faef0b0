import { BundleError } from '@bundle/format';
import { type EnvProblem, type EnvStatement, type EnvSyntax, scanEnvFile } from './env-syntax.ts';
import { interpolate, type Lookup, TemplateError } from './template.ts';

/** An assignment in an env file, with its value. */
export interface EnvEntry {
  readonly name: string;
  /** Undefined for a name alone that is not in the environment: it has no effect. */
  readonly value: string | undefined;
  readonly line: number;
}

export interface EnvOptions {
  /** The name of the file in errors. */
  readonly file?: string | undefined;
  /** Variables of the files that Compose reads before this one. Statements in this file win over them. */
  readonly earlier?: ReadonlyMap<string, string>;
}

/**
 * Reads an env file as Compose does, for `.env` and for `env_file:`. Statements are read in order, and each value may
 * use variables from `lookup`, from previous statements and from earlier files, in this order of precedence. For
 * `.env`, `lookup` is the environment; for `env_file:`, the environment with `.env`, then the service's `environment`.
 * A file with `format: raw` is another dialect, which this does not read.
 *
 * Checked against Compose 2.40 and 2.26, which differ only in precedence between files: 2.26 lets earlier files win
 * over the environment, and ignores the service's `environment`. Since compose-go v2.10.1 Compose accepts an invalid
 * default that is not needed (`${SET:-${}`); this reader refuses it, as those two do.
 */
export function parseEnvFile(text: string, lookup: Lookup, options: EnvOptions = {}): EnvEntry[] {
  const { entries, problems } = readEnvFile(text, lookup, options);
  const [first] = problems;
  if (first !== undefined) throw unreadable(options.file, first);
  return entries;
}

/** Lists every reason for which Compose refuses an env file, up to the first syntax error. */
export function validateEnvFile(
  text: string,
  lookup: Lookup,
  options: EnvOptions = {},
): EnvProblem[] {
  return readEnvFile(text, lookup, options).problems;
}

/**
 * Returns the values of an env file; the last one of a name counts, as in Compose. Values of earlier files are not
 * included.
 */
export function envValues(
  text: string,
  lookup: Lookup,
  options: EnvOptions = {},
): Map<string, string> {
  return lastValues(parseEnvFile(text, lookup, options));
}

/** Returns the last value of each name; a name alone that is not in the environment keeps the previous one. */
export function lastValues(entries: readonly EnvEntry[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const { name, value } of entries) {
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

/** Reads as much as possible: entries, and every reason for which Compose refuses the file. */
export function readEnvFile(
  text: string,
  lookup: Lookup,
  { earlier }: EnvOptions = {},
): { entries: EnvEntry[]; problems: EnvProblem[] } {
  const { statements, problem } = scanEnvFile(text);
  const entries: EnvEntry[] = [];
  const problems: EnvProblem[] = [];
  const known = new Map(earlier);
  for (const statement of statements) {
    const { name, line } = statement;
    try {
      const value = evaluate(statement, (other) => lookup(other) ?? known.get(other), lookup);
      if (value !== undefined) known.set(name, value);
      entries.push({ name, value, line });
    } catch (thrown) {
      if (!(thrown instanceof TemplateError)) throw thrown;
      problems.push({ line, message: `the value of ${name}: ${thrown.message}` });
    }
  }
  if (problem !== undefined) problems.push(problem);
  return { entries, problems };
}

function evaluate(
  { name, value }: EnvStatement,
  within: Lookup,
  environment: Lookup,
): string | undefined {
  if (value === undefined) return environment(name);
  return value.quote === "'" ? value.text : interpolate(value.text, within);
}

/** Splits a text into statements without evaluating their values. Throws for a syntax that Compose refuses. */
export function parseEnvSyntax(text: string, file?: string): EnvSyntax {
  const syntax = scanEnvFile(text);
  if (syntax.problem !== undefined) throw unreadable(file, syntax.problem);
  return syntax;
}

function unreadable(file: string | undefined, { line, message }: EnvProblem): BundleError {
  return new BundleError('compose-invalid', {
    operation: 'reading the env file',
    subject: file === undefined ? `line ${line}` : `${file}:${line}`,
    expected: 'NAME=VALUE, as Compose reads it',
    found: message,
    hint: `Correct line ${line}. Put a value with special characters in single quotes.`,
  });
}
