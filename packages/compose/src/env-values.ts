import { BundleError } from '@bundle/format';
import { type EnvProblem, type EnvStatement, type EnvSyntax, scanEnvFile } from './env-syntax.ts';
import { interpolate, type Lookup, TemplateError } from './template.ts';

/** What an env file says of one variable. */
export interface EnvEntry {
  readonly name: string;
  /** Undefined for a name alone that the environment does not have: it changes nothing. */
  readonly value: string | undefined;
  readonly line: number;
}

export interface EnvOptions {
  /** What errors call the file. */
  readonly file?: string | undefined;
  /** Variables of the files that Compose reads before this one. Statements of this file win over them. */
  readonly earlier?: ReadonlyMap<string, string>;
}

/**
 * Reads an env file as Compose does, as `.env` or under `env_file:`: in order, where each value may use variables of
 * `lookup`, of statements before it and of earlier files, the first of them that has it. For `.env`, `lookup` is the
 * environment; under `env_file:`, the environment with `.env`, then the service's `environment`. A file with
 * `format: raw` is another dialect, and none of this.
 *
 * Checked against Compose 2.40 and 2.26, which differ only between files: 2.26 lets earlier files win over the
 * environment, and does not look at the service's `environment`. Compose from compose-go v2.10.1 on accepts a default
 * that cannot be replaced where it is not needed (`${SET:-${}`); this reader refuses it, as those two do.
 */
export function parseEnvFile(text: string, lookup: Lookup, options: EnvOptions = {}): EnvEntry[] {
  const { entries, problems } = readEnvFile(text, lookup, options);
  const [first] = problems;
  if (first !== undefined) throw unreadable(options.file, first);
  return entries;
}

/** Lists everything for which Compose refuses an env file; what stands behind an error of syntax cannot be read. */
export function validateEnvFile(
  text: string,
  lookup: Lookup,
  options: EnvOptions = {},
): EnvProblem[] {
  return readEnvFile(text, lookup, options).problems;
}

/** Gives the values of an env file: the last of a name, as Compose does. Those of earlier files are not among them. */
export function envValues(
  text: string,
  lookup: Lookup,
  options: EnvOptions = {},
): Map<string, string> {
  return lastValues(parseEnvFile(text, lookup, options));
}

/** Gives the last value of each name; a name alone that the environment does not have leaves the one before. */
export function lastValues(entries: readonly EnvEntry[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const { name, value } of entries) {
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

/** Reads what can be read: entries, and everything for which Compose refuses the file. */
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

/** Cuts a text into statements, without a look into their values. Throws for what Compose refuses. */
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
