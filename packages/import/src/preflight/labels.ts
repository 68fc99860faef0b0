import type { Mount } from '@bundle/compose';
import { placeOfMount, type Release } from '@bundle/host';
import type { Check } from './check.ts';

/**
 * Lists the paths that a kernel with SELinux keeps from the containers: they are among the files of the application, and
 * the Compose file does not ask for a label. Those of the host itself do not count: a label could break other programs.
 */
export function unlabelledMounts(
  release: Pick<Release, 'instance' | 'folder' | 'manifest'>,
  mounts: readonly Mount[],
): string[] {
  const paths = mounts
    .filter(({ volume, bindOptions, isUnconfined }) => {
      return volume === undefined && !bindOptions?.selinux && isUnconfined !== true;
    })
    .map(({ source }) => placeOfMount(release, source))
    .filter(({ kind }) => kind === 'packed' || kind === 'kept')
    .map(({ path }) => path);
  return [...new Set(paths)];
}

/** Warns of mounts without a label: services start, and cannot read their files. */
export function labelsCheck(paths: readonly string[]): Check {
  return {
    name: 'mounts',
    result: 'warn',
    found: `SELinux keeps containers from mounts that have neither z nor Z in the Compose file: ${paths.join(', ')}`,
    hint: 'Add `:z` to them in the Compose file, and export again; other hosts ignore it. Without that, label them after the import: `chcon -R -t container_file_t PATH`.',
  };
}
