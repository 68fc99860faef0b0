import { defaultsOf, isRequired, type Variable, variablesOf } from '@bundle/compose';
import { parse } from 'dotenv';

/** A value that the operator of an application may set, in `.env`. */
export interface Setting {
  readonly name: string;
  /** The application does not start without it. */
  readonly required: boolean;
  /** What the Compose file says when it is missing. */
  readonly message?: string;
  /** Value when it is not set: of the Compose file, else of env.example. */
  readonly default?: string;
  /** Not to be shown: a password, a token, a key. */
  readonly secret: boolean;
  /** The only values that it takes. */
  readonly allowed?: readonly string[];
  /** Comment above it in env.example, as lines. */
  readonly description: readonly string[];
}

/** As they stand in an env file. */
export type Values = Readonly<Record<string, string>>;

const secretName =
  /(?:^|_)(?:PASS(?:WORD|WD|PHRASE)?|PWD|SECRETS?|TOKENS?|CREDENTIALS?|APIKEY|(?:API|SECRET|PRIVATE|ACCESS|ENCRYPTION|SIGNING|AUTH)_KEY|KEY)(?:_|$)/i;

/**
 * The settings of a release: variables of its Compose file as it is written, and the names in env.example. In the comment
 * above a name, `allowed: a, b` lists its values, `secret` hides it and `required` makes it required.
 */
export function settingsOf(composeDocument: unknown, exampleText: string): Setting[] {
  const example = exampleEntries(exampleText);
  const variables = variablesOf(composeDocument).filter((variable) => !isFixed(variable));
  const known = new Set(variablesOf(composeDocument).map(({ name }) => name));
  const further = [...example.keys()].filter((name) => !known.has(name));
  return [
    ...variables.map((variable) => toSetting(variable.name, variable, example.get(variable.name))),
    ...further.map((name) => toSetting(name, undefined, example.get(name))),
  ];
}

/** Image names and builds are fixed when a bundle is made: what they use cannot be set. */
function isFixed({ places }: Variable): boolean {
  return places.every(
    ({ path: [top, , key] }) => top === 'services' && (key === 'image' || key === 'build'),
  );
}

interface ExampleEntry {
  readonly value: string;
  readonly comments: readonly string[];
}

function toSetting(
  name: string,
  variable: Variable | undefined,
  { value, comments }: ExampleEntry = { value: '', comments: [] },
): Setting {
  const note = (pattern: RegExp): string | undefined =>
    comments.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
  const defaults = variable === undefined ? [] : defaultsOf(variable);
  const message = variable?.places.find(({ operator }) => operator.endsWith('?'))?.argument;
  const allowed = note(/^(?:allowed(?: values)?|one of):?\s+(.+)$/i)
    ?.split(/\s*[,|]\s*|\s+or\s+/)
    .map((one) => one.replace(/^["'`](.*)["'`]$/, '$1'));
  const fallback = defaults.length === 1 ? defaults[0] : value || undefined;
  return {
    name,
    required:
      (variable !== undefined && isRequired(variable)) || note(/^(required)\b/i) !== undefined,
    ...(message ? { message } : {}),
    ...(fallback === undefined ? {} : { default: fallback }),
    secret: secretName.test(name) || note(/^(secret)\b/i) !== undefined,
    ...(allowed === undefined ? {} : { allowed }),
    description: comments,
  };
}

const assignment = /^\s*(#?)\s*(?:export\s+)?([A-Za-z_]\w*)\s*=(.*)$/;

/** Names of an example with the comment lines right above each; `#NAME=` is a name that is not set. */
function exampleEntries(text: string): Map<string, ExampleEntry> {
  const values = parse(text);
  const entries = new Map<string, ExampleEntry>();
  let comments: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, hash = '', name = ''] = assignment.exec(line) ?? [];
    if (name !== '' && (hash === '' || /^[A-Z_][A-Z0-9_]*$/.test(name))) {
      if (!entries.has(name))
        entries.set(name, { value: hash ? '' : (values[name] ?? ''), comments });
      comments = [];
    } else if (line.trim().startsWith('#')) comments.push(line.trim().replace(/^#+\s*/, ''));
    else comments = [];
  }
  return entries;
}

export function envValues(text: string): Values {
  return parse(text);
}

/** What an upgrade changes for the operator. */
export interface SettingsChange {
  readonly added: readonly Setting[];
  readonly removed: readonly string[];
  readonly changedDefaults: readonly { name: string; before: string; after: string }[];
}

export function compareSettings(
  before: readonly Setting[],
  after: readonly Setting[],
): SettingsChange {
  const old = new Map(before.map((setting) => [setting.name, setting]));
  const names = new Set(after.map(({ name }) => name));
  return {
    added: after.filter(({ name }) => !old.has(name)),
    removed: before.map(({ name }) => name).filter((name) => !names.has(name)),
    changedDefaults: after.flatMap(({ name, default: value = '', secret }) => {
      const was = old.get(name);
      if (was === undefined || (was.default ?? '') === value || secret || was.secret) return [];
      return [{ name, before: was.default ?? '', after: value }];
    }),
  };
}

/** Required settings without a value, and values that are not allowed. */
export interface SettingsProblems {
  readonly missing: readonly Setting[];
  readonly invalid: readonly { setting: Setting; value: string }[];
}

export function checkSettings(settings: readonly Setting[], values: Values): SettingsProblems {
  return {
    missing: settings.filter(({ name, required }) => required && !values[name]),
    invalid: settings.flatMap((setting) => {
      const value = values[setting.name];
      const isWrong = value && setting.allowed && !setting.allowed.includes(value);
      return isWrong ? [{ setting, value }] : [];
    }),
  };
}

/** The text of an env file with these values; comments and all other lines stay. */
export function withValues(text: string, values: Values): string {
  let result = text;
  for (const [name, value] of Object.entries(values)) {
    const line = `${name}=${quoted(value)}`;
    const place = placeOf(result, name);
    result =
      place === undefined
        ? `${result.replace(/\n?$/, '\n')}${line}\n`
        : `${result.slice(0, place.start)}${line}${result.slice(place.end)}`;
  }
  return result;
}

/** Names that a text sets or mentions as `#NAME=`. */
export function mentions(text: string, name: string): boolean {
  return placeOf(text, name) !== undefined;
}

/** The last assignment of a name, else the first that is commented out; a value in quotes may go over several lines. */
function placeOf(text: string, name: string): { start: number; end: number } | undefined {
  const value = String.raw`=[^\S\n]*(?:'(?:\\'|[^'])*'|"(?:\\"|[^"])*"|[^\n]*)[^\n]*`;
  const set = [
    ...text.matchAll(new RegExp(`^[^\\S\\n]*(?:export[^\\S\\n]+)?${name}[^\\S\\n]*${value}`, 'gm')),
  ];
  const found = set.at(-1) ?? new RegExp(`^[^\\S\\n]*#[^\\S\\n]*${name}=[^\\n]*`, 'm').exec(text);
  return found === null || found === undefined
    ? undefined
    : { start: found.index, end: found.index + found[0].length };
}

/** As Compose reads env files: in single quotes nothing is replaced, and `\'` is a quote. */
function quoted(value: string): string {
  return /^[\w./:@%+,-]*$/.test(value) ? value : `'${value.replaceAll("'", "\\'")}'`;
}

/** The env file of an upgrade: the one of before, with what the new release's example has besides. */
export function carriedOver(before: string, added: readonly Setting[], version: string): string {
  const fresh = added.filter(({ name }) => !mentions(before, name));
  if (fresh.length === 0) return before;
  const blocks = fresh.map(({ name, description, default: value }) =>
    [...description.map((line) => `# ${line}`), `#${name}=${value ?? ''}`].join('\n'),
  );
  return `${before.replace(/\n?$/, '\n')}\n# New in ${version}\n${blocks.join('\n')}\n`;
}
