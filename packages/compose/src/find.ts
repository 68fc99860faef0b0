import { readdir } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { ioError } from '@bundle/files';
import type { Environment } from '@bundle/format';
import { BundleError } from '@bundle/format';
import { readSettings } from './environment.ts';

/** Compose's default file names, in its order. */
const names = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const overrides = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

/**
 * Finds the Compose files of a folder as `docker compose` does: those of COMPOSE_FILE in the environment or in `.env`,
 * else the first default name and the override beside it. Returns absolute paths in the order of merging.
 */
export async function findComposeFiles(folder: string, env: Environment = {}): Promise<string[]> {
  const present = new Set(await list(folder));
  const { lookup } = await readSettings(folder, env);
  const named = lookup('COMPOSE_FILE');
  if (named) {
    const separator = lookup('COMPOSE_PATH_SEPARATOR') || delimiter;
    return named.split(separator).map((file) => resolve(folder, file));
  }
  const name = names.find((candidate) => present.has(candidate));
  if (name === undefined) {
    throw new BundleError('compose-not-found', {
      operation: 'looking for a Compose file in',
      subject: folder,
      expected: `one of ${names.join(', ')}`,
      found: 'none of them',
      hint: 'Run the command in the project’s folder, or name the Compose file.',
    });
  }
  const override = overrides.find((candidate) => present.has(candidate));
  return [name, ...(override === undefined ? [] : [override])].map((file) => join(folder, file));
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw ioError(error, 'reading', folder, 'compose-not-found');
  }
}
