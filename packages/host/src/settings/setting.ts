import {
  bundledValue,
  defaultsOf,
  type ExampleEntry,
  exampleEntries,
  isRequired,
  needsValue,
  profileNames,
  type Variable,
  variablesOf,
} from '@bundle/compose';
import { dotEnv } from '@bundle/format';

/** A value that the operator of an application may set, in `.env` or in an env file that a service reads. */
export interface Setting {
  /** Path of the env file in the release. */
  readonly file: string;
  readonly name: string;
  /** Whether it needs a value: in `.env` a non-empty one, elsewhere one that somebody gave. */
  readonly required: boolean;
  /** The Compose file’s message for a missing value. */
  readonly message?: string;
  /** Default value, from the Compose file or else from the example. */
  readonly default?: string;
  /** Whether to hide the value: a password, a token, a key. */
  readonly secret: boolean;
  /** The only allowed values; with `several`, any of them, separated by commas. */
  readonly allowed?: readonly string[];
  readonly several?: true;
  /** Asked for before the first start although it may have a value. */
  readonly asked?: true;
  /** It fills in the Compose file, which may have a default of its own. */
  readonly ofCompose: boolean;
  /** Lines of the comment above it in the example. */
  readonly description: readonly string[];
}

/** Values by the keys of their settings: `NAME` for those of `.env`, `FILE:NAME` for others. */
export type Values = Readonly<Record<string, string>>;

export function keyOf({ file, name }: Pick<Setting, 'file' | 'name'>): string {
  return file === dotEnv ? name : `${file}:${name}`;
}

const secretName =
  /(?:^|_)(?:PASS(?:WORD|WD|PHRASE)?|PWD|SECRETS?|TOKENS?|CREDENTIALS?|APIKEY|(?:API|SECRET|PRIVATE|ACCESS|ENCRYPTION|SIGNING|AUTH)_KEY|KEY)(?:_|$)/i;

/** Tells by its name whether the value of a setting is to be hidden. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/**
 * Lists the settings of `.env`: variables of the original Compose file, and names in env.example. In the comment
 * above a name, `allowed: a, b` lists its values, `any of: a, b` lists values that may be combined, `secret` hides
 * it, `required` makes it required, and `asked` makes a first start ask for it.
 */
export function settingsOf(composeDocument: unknown, exampleText: string): Setting[] {
  const example = exampleEntries(exampleText);
  const all = variablesOf(composeDocument);
  const known = new Set(all.map(({ name }) => name));
  const further = [...example.keys()].filter((name) => !known.has(name));
  return [
    ...all
      .filter((variable) => bundledValue(variable) === undefined)
      .map((variable) => toSetting(dotEnv, variable.name, example.get(variable.name), variable)),
    ...further.map((name) => toSetting(dotEnv, name, example.get(name))),
  ];
}

/**
 * Lists the settings of an env file that a service reads: the names in its example. An empty value was removed when
 * the bundle was made, so the operator has to give one, even if it is empty, unless the comment says `optional`.
 */
export function settingsOfFile(file: string, exampleText: string): Setting[] {
  return [...exampleEntries(exampleText)]
    .filter(([, { isSet }]) => isSet)
    .map(([name, entry]) => {
      const isOptional = entry.comments.some((line) => /^optional\b/i.test(line));
      const setting = toSetting(file, name, entry);
      return { ...setting, required: setting.required || (entry.value === '' && !isOptional) };
    });
}

/** Gives the values that the bundle itself has for variables of its Compose file, where `.env` has none. */
export function bundledValues(
  composeDocument: unknown,
  values: ReadonlyMap<string, string>,
): Map<string, string> {
  const found = variablesOf(composeDocument).flatMap((variable): [string, string][] => {
    const value = needsValue(variable) ? bundledValue(variable) : undefined;
    return value === undefined || values.get(variable.name) ? [] : [[variable.name, value]];
  });
  return new Map(found);
}

function toSetting(
  file: string,
  name: string,
  entry: ExampleEntry | undefined,
  variable?: Variable,
): Setting {
  const { value = '', comments = [] } = entry ?? {};
  const note = (pattern: RegExp): string | undefined =>
    comments.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
  const defaults = variable === undefined ? [] : defaultsOf(variable);
  const message = variable?.places.find(({ operator }) => operator.endsWith('?'))?.argument;
  const several = note(/^any of:?\s+(.+)$/i);
  const allowed = (several ?? note(/^(?:allowed(?: values)?|one of):?\s+(.+)$/i))
    ?.split(/[,|]|\sor\s/)
    .map((one) => one.trim().replace(/^["'`](.*)["'`]$/, '$1'));
  const fallback = defaults.length === 1 ? defaults[0] : value || undefined;
  return {
    file,
    name,
    required:
      (variable !== undefined && isRequired(variable)) || note(/^(required)\b/i) !== undefined,
    ...(message ? { message } : {}),
    ...(fallback === undefined ? {} : { default: fallback }),
    secret: isSecretName(name) || note(/^(secret)\b/i) !== undefined,
    ...(allowed === undefined ? {} : { allowed }),
    ...(several === undefined ? {} : { several: true as const }),
    ...(note(/^(asked)\b/i) === undefined ? {} : { asked: true as const }),
    ofCompose: variable !== undefined,
    description: comments,
  };
}

/** Tells whether a setting takes a value, as far as it lists those that it does. */
export function takes(
  { allowed, several }: Pick<Setting, 'allowed' | 'several'>,
  value: string,
): boolean {
  const values = several ? profileNames(value) : [value];
  return allowed === undefined || values.every((one) => allowed.includes(one));
}

/** Says what a setting is for: its comment without what the command made of it, and the words of the Compose file. */
export function wordsOf({
  message,
  description,
}: Pick<Setting, 'message' | 'description'>): string {
  const isNote = (line: string): boolean => /^(?:used in|required|asked|any of)\b/i.test(line);
  const comment = description.filter((line) => !isNote(line)).join(' ');
  return [comment, message].filter(Boolean).join('; ');
}

/** Changes of an upgrade that concern the operator; all names are keys. */
export interface SettingsChange {
  readonly added: readonly Setting[];
  readonly removed: readonly string[];
  readonly changedDefaults: readonly { name: string; before: string; after: string }[];
}

export function compareSettings(
  before: readonly Setting[],
  after: readonly Setting[],
): SettingsChange {
  const old = new Map(before.map((setting) => [keyOf(setting), setting]));
  const keys = new Set(after.map(keyOf));
  return {
    added: after.filter((setting) => !old.has(keyOf(setting))),
    removed: [...old.keys()].filter((key) => !keys.has(key)),
    changedDefaults: after.flatMap((setting) => {
      const { default: value = '', secret } = setting;
      const was = old.get(keyOf(setting));
      if (was === undefined || (was.default ?? '') === value || secret || was.secret) return [];
      return [{ name: keyOf(setting), before: was.default ?? '', after: value }];
    }),
  };
}

/** Finds required settings without a value, and values that are not allowed. */
export interface SettingsProblems {
  readonly missing: readonly Setting[];
  readonly invalid: readonly { readonly setting: Setting; readonly value: string }[];
}

/** `values`: a key is absent where nobody gave a value. */
export function checkSettings(settings: readonly Setting[], values: Values): SettingsProblems {
  const isMissing = (setting: Setting): boolean => {
    const value = values[keyOf(setting)];
    return setting.required && (setting.file === dotEnv ? !value : value === undefined);
  };
  return {
    missing: settings.filter(isMissing),
    invalid: settings.flatMap((setting) => {
      const value = values[keyOf(setting)];
      return value && !takes(setting, value) ? [{ setting, value }] : [];
    }),
  };
}
