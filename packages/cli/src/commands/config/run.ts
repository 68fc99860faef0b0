import { configured, variableFor } from '../../config/apply.ts';
import { generalKeys, sectionKeys } from '../../config/keys.ts';
import { configPaths, readConfig } from '../../config/read.ts';
import type { Context, Outcome } from '../../outcome.ts';
import { commandNames } from '../../program.ts';
import { usageError } from '../../usage.ts';
import { type ConfigRow, configText } from './render.ts';

/** Runs `bundle config`: shows every key, its value and where that comes from. */
export async function runConfig({ env, colours }: Context): Promise<Outcome> {
  const files = await readConfig(env, commandNames);
  const sections = new Set([
    ...sectionKeys.keys(),
    ...files.flatMap(({ values }) =>
      [...values.keys()].flatMap((key) => (key.includes('.') ? [key.split('.')[0] ?? ''] : [])),
    ),
  ]);
  const row = (command: string, key: string): ConfigRow => {
    const variable = variableFor(key, env);
    const found = configured(files, command, key);
    const name = command === '' ? key : `${command}.${key}`;
    if (variable !== undefined) return { key: name, value: env[variable] ?? '', from: variable };
    return { key: name, ...(found === undefined ? {} : { value: found.value, from: found.path }) };
  };
  const rows = [
    ...generalKeys.map((key) => row('', key)),
    ...[...sections].flatMap((command) => [
      ...generalKeys
        .filter((key) => files.some(({ values }) => values.has(`${command}.${key}`)))
        .map((key) => row(command, key)),
      ...(sectionKeys.get(command) ?? []).map((key) => row(command, key)),
    ]),
  ];
  const paths = configPaths(env).map((path) => {
    const file = files.find((one) => one.path === path);
    return { path, state: file === undefined ? 'absent' : (file.ignored ?? 'read') };
  });
  const problems = files.flatMap(({ path, problems: all }) =>
    all.map((problem) => `${path}: ${problem}`),
  );
  const outcome = { json: { files: paths, values: rows }, text: configText(paths, rows, colours) };
  if (problems.length === 0) return outcome;
  const hint = 'Fix the file: other commands refuse it.';
  const error = usageError('the configuration', 'known keys and values', problems.join('\n'), hint);
  return { ...outcome, error };
}
