import { lstat, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { ioError, syncFolder } from '@bundle/files';
import { systemErrorCode } from '@bundle/format';
import type { Release } from './release.ts';
import { stateError } from './state-error.ts';
import { currentTarget, type Instance, placesOf } from './state-folder.ts';

/** Name of the release that `current` points to. */
export async function currentOf(instance: Instance): Promise<string | undefined> {
  const { current } = placesOf(instance);
  try {
    return basename(await readlink(current));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'reading', current, 'input-unreadable');
  }
}

/** Tells whether a release is fully staged and current. */
export async function isCurrent({ instance, name, folder }: Release): Promise<boolean> {
  try {
    await lstat(folder);
    return basename(await readlink(placesOf(instance).current)) === name;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'EINVAL') return false;
    throw stateError(error, folder);
  }
}

/** Points `current` at a release in one step: at every moment it names either the old or the new release. */
export async function switchCurrent({
  instance,
  name,
}: Pick<Release, 'instance' | 'name'>): Promise<void> {
  const { current } = placesOf(instance);
  const next = `${current}.next`;
  try {
    await rm(next, { force: true });
    await symlink(currentTarget(name), next);
    await rename(next, current);
    await syncFolder(instance.root);
  } catch (error) {
    throw stateError(error, current);
  }
}
