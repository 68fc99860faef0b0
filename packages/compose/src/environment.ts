import { join, resolve } from 'node:path';
import { readTextIfThere } from '@bundle/files';
import type { Environment } from '@bundle/format';
import { parse } from 'dotenv';
import { tryInterpolate } from './template.ts';

/** What variables stand for: the environment, and under it the project's `.env` as Compose reads it. */
export interface Settings {
  readonly lookup: (name: string) => string | undefined;
  /** Absolute paths of the env files that Compose interpolates from. */
  readonly files: readonly string[];
}

export async function readSettings(projectDir: string, env: Environment): Promise<Settings> {
  const named = env['COMPOSE_ENV_FILES'];
  const files = named ? named.split(',').map((file) => resolve(file)) : [join(projectDir, '.env')];
  const values = new Map<string, string>();
  const lookup = (name: string): string | undefined => env[name] ?? values.get(name);
  for (const file of files) {
    for (const [name, value] of Object.entries(parse((await readTextIfThere(file)) ?? ''))) {
      // A value may use those before it; one that is not meant so stays as it is.
      values.set(name, tryInterpolate(value, lookup) ?? value);
    }
  }
  return { lookup, files };
}
