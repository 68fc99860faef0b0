import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { homeFolder } from '@bundle/files';
import type { Environment } from '@bundle/format';
import { z } from 'zod';

const configSchema = z.looseObject({ cliPluginsExtraDirs: z.array(z.string()).optional() });

/** Folders that docker searches after those in its configuration (docker/cli, cli-plugins/manager). */
const systemFolders = ['/usr/local/lib', '/usr/local/libexec', '/usr/lib', '/usr/libexec'].map(
  (folder) => `${folder}/docker/cli-plugins`,
);

/**
 * Returns the command that starts a docker plugin: the plugin's own file, found as docker finds it, else `docker NAME`.
 * Calling docker takes 0.1–0.3 s longer, because it first starts every plugin that it finds. Without docker there are
 * no plugins either.
 */
export async function pluginCommand(name: string, env: Environment): Promise<readonly string[]> {
  if (!(await isOnPath('docker', env))) return ['docker', name];
  const config = env['DOCKER_CONFIG'] || join(homeFolder(env), '.docker');
  for (const folder of [
    join(config, 'cli-plugins'),
    ...(await extraFolders(config)),
    ...systemFolders,
  ]) {
    const file = join(folder, `docker-${name}`);
    if (await isExecutable(file)) return [file];
  }
  return ['docker', name];
}

async function isOnPath(name: string, env: Environment): Promise<boolean> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && (await isExecutable(join(folder, name)))) return true;
  }
  return false;
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Reads the plugin folders of docker's configuration. An unreadable configuration counts as empty; docker itself will
 * report it.
 */
async function extraFolders(config: string): Promise<readonly string[]> {
  try {
    const text = await readFile(join(config, 'config.json'), 'utf8');
    return configSchema.parse(JSON.parse(text)).cliPluginsExtraDirs ?? [];
  } catch {
    return [];
  }
}
