import type { Command, Option } from 'commander';
import { usageError } from '../usage.ts';
import { keysOfSection, variablesOf } from './keys.ts';
import { overriddenBy } from './overridden-by.ts';
import type { ConfigValue } from './parse.ts';
import type { ConfigFile } from './read.ts';

/** A value of a configuration file, and where it is. */
export interface Configured {
  readonly value: ConfigValue;
  readonly path: string;
}

/** Returns the value of a key for a command: of the user's file before the host's, of its section before the rest. */
export function configured(
  files: readonly ConfigFile[],
  command: string,
  key: string,
): Configured | undefined {
  for (const { path, values } of files) {
    const value = values.get(`${command}.${key}`) ?? values.get(key);
    if (value !== undefined) return { value, path };
  }
  return undefined;
}

/** Returns the variable of the environment that comes before the files, if one is set. */
export function variableFor(key: string, env: NodeJS.ProcessEnv): string | undefined {
  return variablesOf.get(key)?.find((name) => env[name]);
}

/** Gives a command the values that neither its line nor the environment has. Fails with `usage` on a wrong file. */
export function applyConfig(
  command: Command,
  files: readonly ConfigFile[],
  env: NodeJS.ProcessEnv,
): void {
  for (const { path, problems } of files) {
    if (problems.length === 0) continue;
    const hint = '`bundle config` lists the keys and where each value comes from.';
    throw usageError(path, 'keys and values of the configuration', problems.join('\n'), hint);
  }
  for (const key of keysOfSection(command.name())) {
    const found = configured(files, command.name(), key);
    const option = command.options.find((one) => one.attributeName() === attributeOf(key));
    if (found === undefined || option === undefined) continue;
    const attribute = option.attributeName();
    if (command.getOptionValueSource(attribute) === 'cli' || variableFor(key, env)) continue;
    const value = beside(command, key, found.value);
    if (value !== undefined)
      command.setOptionValueWithSource(attribute, valueFor(option, value), 'config');
  }
}

/** Returns what remains of a configured value beside the options of the command line; undefined: nothing. */
function beside(command: Command, key: string, configured: ConfigValue): ConfigValue | undefined {
  const overriding = Object.entries(overriddenBy.get(key) ?? {});
  return overriding.reduce<ConfigValue | undefined>((value, [option, remainder]) => {
    const attribute = attributeOf(option);
    const isTyped = command.getOptionValueSource(attribute) === 'cli';
    if (value === undefined || !isTyped) return value;
    return remainder(value, command.getOptionValue(attribute));
  }, configured);
}

/** Returns `stateDir` for `state-dir`. */
function attributeOf(key: string): string {
  return key.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Repeatable options have lists of values. */
function valueFor({ parseArg, argChoices }: Option, value: ConfigValue): unknown {
  const isList = parseArg !== undefined && argChoices === undefined;
  return isList && typeof value === 'string' ? [value] : value;
}
