import { lstat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { isAtOrBelow } from '@bundle/compose';
import { ioError } from '@bundle/files';
import { BundleError, systemErrorCode } from '@bundle/format';

/** Folders of a project on this machine, as absolute paths. */
export interface ProjectPlaces {
  /** Folder of the Compose file. */
  readonly projectDir: string;
  /** Folder of everything that belongs to the project: its repository, or the folder of the Compose file. */
  readonly root: string;
  /** Folders that images are built from. */
  readonly buildContexts: readonly string[];
}

/** Folder in a bundle for the contents of the folder above: `../x` becomes `_parent/x`. */
const parent = '_parent';

/**
 * Returns the path in a bundle for a path on this machine, relative to the folder of the Compose file; empty for that
 * folder itself. No segment leads upwards, because a release has others beside it.
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
 * Finds the folder of a project: the named one, which has to contain the Compose file (otherwise fails with `usage`);
 * or the nearest one with `.git` in it; or the folder of the Compose file.
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
      expected: `a folder that contains ${projectDir}`,
      found: 'a different folder',
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
    // An unreadable folder above does not belong to the project.
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemErrorCode(error) ?? '')) return false;
    throw ioError(error, 'looking for', path, 'input-unreadable');
  }
}
