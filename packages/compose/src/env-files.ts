import { scanEnvFile } from './env-syntax.ts';
import { readProject } from './project.ts';

/** A file named by a service's `env_file:`, as it is written there. */
export interface EnvFileUse {
  readonly service: string;
  readonly path: string;
  /** Whether Compose refuses to start without it. */
  readonly required: boolean;
  /** How Compose reads it (`raw`), where that is said. */
  readonly format?: string | undefined;
}

/** Lists the env files of all services in a Compose file as written; a resolved file may have only their values. */
export function envFileUses(document: unknown): EnvFileUse[] {
  return Object.entries(readProject(document)?.services ?? {}).flatMap(([service, { env_file }]) =>
    (env_file ?? []).map((entry) => ({ service, ...entry })),
  );
}

/** Tells by its name whether a file holds the values of one site; examples do not. */
export function isEnvFileName(name: string): boolean {
  return (
    /^\.env(?:\.|$)|\.env$/.test(name) &&
    !/(?:^|[._-])(?:example|sample|template|dist)(?:[._-]|$)/.test(name)
  );
}

/** Lists the names that an env file sets, each once. */
export function envNames(text: string): string[] {
  const names = scanEnvFile(text).statements.map(({ name }) => name);
  return [...new Set(names)].filter((name) => name !== '');
}

/** Comment of a name in an example: nobody is asked for it. */
export const emptyHere = 'optional: empty on the source host';

/** Comment of a name in an example: it had a value, and must have one again. */
export const setHere = 'required: set on the source host';

/**
 * Removes the values from an env file; keeps names, and comments that contain no value either. A name alone is dropped,
 * because it may be a line of a value without quotes, and so is everything after a syntax error.
 */
export function withoutValues(text: string): string {
  const { statements, comments, problem } = scanEnvFile(text);
  const secrets = statements
    .flatMap(({ value }) => value?.text.split('\n') ?? [])
    .filter((line) => line.trim().length > 2);
  const begins = Map.groupBy(statements, ({ start }) => lineOf(text, start));
  const within = new Set(
    statements.flatMap(({ start, end }) => linesOf(lineOf(text, start), lineOf(text, end))),
  );
  const commentAt = new Map(
    comments.map(({ start, end }) => [lineOf(text, start), text.slice(start, end)]),
  );
  const all = text.replace(/^\uFEFF/, '').split('\n');
  const lines = all.slice(0, problem === undefined ? all.length : problem.line - 1);
  const kept = lines.flatMap((line, number): string[] => {
    if (within.has(number)) {
      const set = (begins.get(number) ?? []).filter(({ name, value }) => name !== '' && value);
      return set.flatMap(({ name, value }) =>
        value?.text === '' ? [`# ${emptyHere}`, `${name}=`] : [`${name}=`],
      );
    }
    if (line.trim() === '') return [''];
    const comment = commentAt.get(number)?.trimEnd();
    if (comment === undefined) return [];
    const name = /^#\s*(?:export\s+)?([A-Z_][A-Z0-9_]*)\s*[=:]/.exec(comment)?.[1];
    if (name !== undefined) return [`#${name}=`];
    // An `=` may belong to a value that is currently commented out.
    const isWords = !comment.includes('=') && !secrets.some((secret) => comment.includes(secret));
    return isWords ? [comment] : [];
  });
  return `${kept.join('\n').trim()}\n`;
}

/** Returns the number of the line at a position, from 0. */
function lineOf(text: string, place: number): number {
  return text.slice(0, place).split('\n').length - 1;
}

function linesOf(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
