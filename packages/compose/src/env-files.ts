import { parse } from 'dotenv';
import { readProject } from './project.ts';

/** A file that `env_file:` of a service names, as it is written there. */
export interface EnvFileUse {
  readonly service: string;
  readonly path: string;
  /** Whether Compose refuses to start without it. */
  readonly required: boolean;
}

/** The env files of all services of a Compose file as it is written; a resolved one may have only their values. */
export function envFileUses(document: unknown): EnvFileUse[] {
  return Object.entries(readProject(document)?.services ?? {}).flatMap(([service, { env_file }]) =>
    (env_file ?? []).map((entry) => ({ service, ...entry })),
  );
}

/** By their names: files that hold values of one site. Their examples do not. */
export function isEnvFileName(name: string): boolean {
  return (
    /^\.env(?:\.|$)|\.env$/.test(name) &&
    !/(?:^|[._-])(?:example|sample|template|dist)(?:[._-]|$)/.test(name)
  );
}

export function envNames(text: string): string[] {
  return Object.keys(parse(text));
}

const quotes = ['"', "'", '`'];

/**
 * An env file without its values: its names, and its comments as far as they hold no value either. Whatever is no
 * name that the parser knows, such as the later lines of a value, is dropped.
 */
export function withoutValues(text: string): string {
  const values = parse(text);
  const secrets = Object.values(values)
    .flatMap((value) => value.split('\n'))
    .filter((value) => value.length > 2);
  const lines: string[] = [];
  let open: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (open !== undefined) {
      if (unescaped(line).includes(open)) open = undefined;
      continue;
    }
    const match = /^\s*(?<hash>#?)\s*(?:export\s+)?(?<name>[\w.-]+)\s*[=:](?<value>.*)$/.exec(line);
    const { hash = '', name = '', value = '' } = match?.groups ?? {};
    if (hash === '' && Object.hasOwn(values, name)) {
      lines.push(`${name}=`);
      open = openQuote(unescaped(value).trimStart());
    } else if (hash === '#' && /^[A-Z_][A-Z0-9_]*$/.test(name)) {
      lines.push(`#${name}=`);
    } else if (isComment(line) && !secrets.some((secret) => line.includes(secret))) {
      lines.push(line.trimEnd());
    }
  }
  return `${lines.join('\n').trim()}\n`;
}

/** The quote that a value leaves open, so that it goes on in the next line. */
function openQuote(value: string): string | undefined {
  return quotes.find((mark) => value.startsWith(mark) && !value.slice(1).includes(mark));
}

function unescaped(text: string): string {
  return text.replaceAll(/\\./g, '');
}

/** An empty line, or words: an `=` may stand for a value that is not used just now. */
function isComment(line: string): boolean {
  return line.trim() === '' || (/^\s*#/.test(line) && !line.includes('='));
}
