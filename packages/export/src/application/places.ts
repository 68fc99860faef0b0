import { lstat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { isAtOrBelow } from '@bundle/compose';
import { ioError } from '@bundle/files';
import { BundleError, systemErrorCode } from '@bundle/format';

/** Where a project lies on this machine, as absolute paths. */
export interface ProjectPlaces {
  /** Folder of the Compose file. */
  readonly projectDir: string;
  /** Folder of everything that belongs to the project: its repository, or the folder of the Compose file. */
  readonly root: string;
  /** Folders that images are built from. */
  readonly buildContexts: readonly string[];
}

/** Name of the folder in a bundle for what lies in the folder above: `../x` becomes `_parent/x`. */
const parent = '_parent';

/**
 * Gives the path in a bundle for a path on this machine, relative to the folder of the Compose file; empty for that folder
 * itself. No segment leads upwards: a release lies beside others.
 */
export function bundlePathOf(
  { projectDir }: Pick<ProjectPlaces, 'projectDir'>,
  path: string,
): string {
  return relative(projectDir, path)
    .split(sep)
    .map((segment) => (segment === '..' ? parent : segment))
    .join('/');
}

export function isOfProject(
  { projectDir, root }: Omit<ProjectPlaces, 'buildContexts'>,
  path: string,
) {
  return isAtOrBelow(path, projectDir) || isAtOrBelow(path, root);
}

/**
 * Finds the folder of a project: the one that is named, which has to hold the Compose file (else `usage`); the nearest with
 * `.git` in it; or the folder of the Compose file.
 */
export async function findProjectRoot(
  projectDir: string,
  named: string | undefined,
): Promise<string> {
  if (named !== undefined) {
    if (isAtOrBelow(projectDir, named)) return named;
    throw new BundleError('usage', {
      operation: 'reading --project-root',
      subject: named,
      expected: `a folder that holds ${projectDir}`,
      found: 'another one',
      hint: 'Name the folder of the repository, or leave the option out.',
    });
  }
  for (let folder = projectDir; dirname(folder) !== folder; folder = dirname(folder)) {
    if (await isHere(join(folder, '.git'))) return folder;
  }
  return projectDir;
}

async function isHere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    // Of a folder above that nobody may read, the project is no part.
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemErrorCode(error) ?? '')) return false;
    throw ioError(error, 'looking for', path, 'input-unreadable');
  }
}
