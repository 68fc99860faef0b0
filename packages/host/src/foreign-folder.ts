import { realpath } from 'node:fs/promises';
import { shellWord, systemErrorCode } from '@bundle/format';
import { type Instance, stateDirOf } from './state-folder.ts';

/** Tells whether a project that was started from a folder was not started from a release of this instance. */
export async function isForeignFolder(
  { root }: Pick<Instance, 'root'>,
  folder: string,
): Promise<boolean> {
  const real = await realFolder(folder);
  return !real.startsWith(`${await realFolder(root)}/`) && !folder.startsWith(`${root}/`);
}

/** Says what to do where a project of that name was started from another folder. */
export function foreignHint(project: string, folder: string): string {
  const other = stateDirOf(folder, project);
  const way =
    other === undefined
      ? `Stop that one: docker compose -p ${project} down (its named volumes stay, and are used by this one).`
      : `It is this application, run from another state folder: add --state-dir ${shellWord(other)} (with sudo where that folder is root's).`;
  return `${way} Or give this one another name with --name when you import it.`;
}

async function realFolder(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemErrorCode(error) ?? '')) return path;
    throw error;
  }
}
