import { join, resolve } from 'node:path';
import { readTextIfThere } from '@bundle/files';
import type { Environment } from '@bundle/format';
import { envValues } from './env-values.ts';

/** The values of variables: the environment, then the project's `.env` as Compose reads it. */
export interface Settings {
  readonly lookup: (name: string) => string | undefined;
  /** Absolute paths of the env files that Compose interpolates from. */
  readonly files: readonly string[];
  /** What those files say, without the environment. */
  readonly fileValues: ReadonlyMap<string, string>;
}

/**
 * Reads the env files of a project as Compose does; values of `defaults`, such as those of included files, count where no
 * other file has one. Fails with `compose-invalid` for one that Compose refuses.
 */
export async function readSettings(
  projectDir: string,
  env: Environment,
  defaults: readonly string[] = [],
): Promise<Settings> {
  const named = env['COMPOSE_ENV_FILES'];
  const own = named ? named.split(',').map((file) => resolve(file)) : [join(projectDir, '.env')];
  const files = [...defaults, ...own];
  const values = new Map<string, string>();
  const lookup = (name: string): string | undefined => env[name] ?? values.get(name);
  for (const file of files) {
    const text = (await readTextIfThere(file)) ?? '';
    for (const [name, value] of envValues(text, (other) => env[other], { file, earlier: values })) {
      values.set(name, value);
    }
  }
  return { lookup, files, fileValues: values };
}
