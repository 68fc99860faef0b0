import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { userFolder } from '@bundle/files/user-folders';
import { systemErrorCode } from '@bundle/format';
import type { ConfigValues } from './parse.ts';

export interface ConfigFile {
  readonly path: string;
  readonly values: ConfigValues;
  readonly problems: readonly string[];
  /** Why nothing of the file counts. */
  readonly ignored?: string;
}

const maxConfigBytes = 64 * 1024;

/** Returns where the configuration files are: that of the user, which wins, and that of the host. */
export function configPaths(env: NodeJS.ProcessEnv): readonly string[] {
  return [join(userFolder('config', env), 'bundle', 'config.yaml'), '/etc/bundle/config.yaml'];
}

/**
 * Reads the configuration files that are there, the user's first. There is none of a project: a folder that somebody else
 * wrote decides nothing. A file that another user owns or can write is ignored.
 */
export async function readConfig(
  env: NodeJS.ProcessEnv,
  sections: readonly string[],
  paths = configPaths(env),
): Promise<ConfigFile[]> {
  const files: ConfigFile[] = [];
  for (const path of paths) {
    const file = await readOne(path, sections);
    if (file !== undefined) files.push(file);
  }
  return files;
}

async function readOne(path: string, sections: readonly string[]): Promise<ConfigFile | undefined> {
  const ignored = (why: string): ConfigFile => ({
    path,
    values: new Map(),
    problems: [],
    ignored: why,
  });
  let handle: FileHandle;
  try {
    // Not blocking, so that a pipe in its place does not stop every command.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = systemErrorCode(error) ?? 'unknown error';
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : ignored(`not readable: ${code}`);
  }
  try {
    const stats = await handle.stat();
    const { uid, mode, size } = stats;
    if (!stats.isFile()) return ignored('not a file');
    const own = process.geteuid?.();
    if (own !== undefined && uid !== own && uid !== 0) return ignored('another user owns it');
    if ((mode & 0o022) !== 0) return ignored('others can write it: chmod go-w');
    if (size > maxConfigBytes) return ignored(`larger than ${maxConfigBytes} bytes`);
    const text = (await handle.readFile()).toString('utf8');
    const { parseConfig } = await import('./parse.ts');
    return { path, ...parseConfig(text, path, sections) };
  } finally {
    await handle.close();
  }
}
