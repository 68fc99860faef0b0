import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { homeFolder, ioError, isAbsence, isThere } from '@bundle/files';

/** Folders that say what is in them and not which application it is. */
const genericNames: ReadonlySet<string> = new Set([
  'build',
  'compose',
  'container',
  'containers',
  'deploy',
  'deployment',
  'deployments',
  'dev',
  'devcontainer',
  'development',
  'devops',
  'docker',
  'docker-compose',
  'dockercompose',
  'dockerfiles',
  'env',
  'environments',
  'infra',
  'infrastructure',
  'local',
  'ops',
  'prod',
  'production',
  'stack',
  'stacks',
  'staging',
]);

/** Makes a project name of a folder's, as Compose does; empty where nothing of it is left. */
export function nameOfFolder(folder: string): string {
  return basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
}

/**
 * Suggests a name for an application whose Compose file lies in a folder such as `docker` or `deploy`: that of the nearest
 * folder above which is called otherwise, no higher than the root of the repository, else the repository's name.
 * Undefined where Compose's own name will do, or nothing better is known.
 */
export async function suggestedName(
  folder: string,
  home = homeFolder(),
): Promise<string | undefined> {
  if (!genericNames.has(nameOfFolder(folder))) return undefined;
  for (let place = folder; ; place = dirname(place)) {
    const name = nameOfFolder(place);
    const isRoot = await isThere(join(place, '.git'));
    if (place === home || isTopLevel(place)) return undefined;
    if (name !== '' && !genericNames.has(name)) return name;
    // A name in another script names the application too, so folders above it have names of something else.
    if (isRoot || name === '') return isRoot ? remoteName(place) : undefined;
  }
}

/** Tells whether a folder is the root, or right below it, such as `/opt`: everything is in these. */
function isTopLevel(folder: string): boolean {
  return dirname(folder) === '/';
}

/** Name of the repository that a working tree was cloned from. */
async function remoteName(root: string): Promise<string | undefined> {
  const file = join(root, '.git/config');
  try {
    const text = await readFile(file, 'utf8');
    const [, address = ''] = /\[remote "origin"\][^[]*?^\s*url\s*=\s*(.+?)\s*$/m.exec(text) ?? [];
    const name = nameOfFolder(address.replace(/(?:\.git)?\/*$/, '').replaceAll(':', '/'));
    return name === '' || genericNames.has(name) ? undefined : name;
  } catch (error) {
    // In a linked working tree `.git` is a file.
    if (isAbsence(error)) return undefined;
    throw ioError(error, 'reading', file, 'input-unreadable');
  }
}
