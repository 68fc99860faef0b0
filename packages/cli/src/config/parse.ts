import { join } from 'node:path';
import { homeFolder } from '@bundle/files/user-folders';
import { nearest } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';
import { z } from 'zod';
import { generalKeys, keysOfSection, pathKeys, sectionKeys } from './keys.ts';

export type ConfigValue = string | boolean | readonly string[];

/** Values by key; those of the section of a command by `COMMAND.KEY`. */
export type ConfigValues = ReadonlyMap<string, ConfigValue>;

const scalar = z.union([z.string(), z.number().transform(String)]);
const valueSchema = z.union([scalar, z.boolean(), z.array(scalar)]);
const mapping = z.record(z.string(), z.unknown());

/**
 * Parses a configuration file. `sections`: names of all commands, which may have a section. Returns the problems of the
 * file, each with its line where known, beside what is right in it.
 */
export function parseConfig(
  text: string,
  file: string,
  sections: readonly string[],
  home = homeFolder(),
): { readonly values: ConfigValues; readonly problems: readonly string[] } {
  const { value, findings, lineOf } = parseYamlDocument(text, file);
  const values = new Map<string, ConfigValue>();
  const problems = findings.map(({ line, message }) => placed(line, message));
  const add = (path: readonly string[], key: string, raw: unknown): void => {
    const parsed = valueSchema.safeParse(raw);
    const problem = parsed.success ? valueProblem(key, parsed.data) : 'expected a value';
    if (problem !== undefined || !parsed.success) {
      problems.push(placed(lineOf([...path, key]), `${[...path, key].join('.')}: ${problem}`));
    } else values.set([...path, key].join('.'), expanded(key, parsed.data, home));
  };
  const addAll = (path: readonly string[], known: readonly string[], raw: unknown): void => {
    const entries = mapping.safeParse(raw ?? {});
    if (!entries.success) {
      problems.push(placed(lineOf(path), `${path.join('.') || 'the file'}: expected KEY: VALUE`));
      return;
    }
    for (const [key, one] of Object.entries(entries.data)) {
      // `cache` is a key and a command: a mapping is the section, a value the key.
      const isKey = known.includes(key) && valueSchema.safeParse(one).success;
      if (path.length === 0 && sections.includes(key) && !isKey)
        addAll([key], keysOfSection(key), one);
      else if (known.includes(key)) add(path, key, one);
      else
        problems.push(
          placed(lineOf([...path, key]), unknownWords([...path, key], known, sections)),
        );
    }
  };
  if (findings.length === 0) addAll([], generalKeys, value);
  return { values, problems };
}

function placed(line: number | undefined, words: string): string {
  return line === undefined ? words : `line ${line}: ${words}`;
}

function unknownWords(
  path: readonly string[],
  known: readonly string[],
  sections: readonly string[],
): string {
  const key = path.at(-1) ?? '';
  const owner = [...sectionKeys].find(([, keys]) => keys.includes(key))?.[0];
  if (path.length === 1 && owner !== undefined)
    return `${key}: only in the section of a command, such as ${owner}: {${key}: …}`;
  const meant = nearest(key, path.length === 1 ? [...known, ...sections] : known);
  const suggestion = meant === undefined ? '' : `; did you mean ${meant}?`;
  return `${path.join('.')}: unknown key${suggestion}`;
}

function valueProblem(key: string, value: ConfigValue): string | undefined {
  if (!pathKeys.has(key)) return undefined;
  const paths = Array.isArray(value) ? value : [value];
  const isAnywhere = paths.every((path) => path === false || /^(\/|~\/)/.test(String(path)));
  return isAnywhere ? undefined : 'expected an absolute path, or one that begins with ~/';
}

function expanded(key: string, value: ConfigValue, home: string): ConfigValue {
  if (!pathKeys.has(key) || typeof value === 'boolean') return value;
  const whole = (path: string): string =>
    path.startsWith('~/') ? join(home, path.slice(2)) : path;
  return typeof value === 'string' ? whole(value) : value.map(whole);
}
