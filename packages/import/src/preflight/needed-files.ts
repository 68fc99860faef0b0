import { join } from 'node:path';
import { hostPath, insideProject, isAtOrBelow, type NeededFile } from '@bundle/compose';
import { isThereForOthers } from '@bundle/files';
import { keptMounts } from '@bundle/format';
import { placeOfMount, type Release } from '@bundle/host';
import type { Check } from './check.ts';

/**
 * Finds the needed files that neither come with a release nor are on this host, nor in the folder of the
 * running one, which a start carries over; `path` is absolute.
 */
export async function missingFiles(
  needed: readonly NeededFile[],
  release: Pick<Release, 'instance' | 'folder' | 'manifest'>,
  runningFolder: string | undefined,
): Promise<NeededFile[]> {
  const { folder, manifest } = release;
  const packed = new Set(manifest.files.map(({ path }) => path));
  const missing: NeededFile[] = [];
  for (const file of needed) {
    const written = hostPath(file.path, folder);
    // The import makes the link.
    const isKept = isAtOrBelow(written, join(folder, keptMounts));
    const path = isKept ? placeOfMount(release, written).path : written;
    const inside = insideProject(folder, path);
    if (inside !== undefined && packed.has(inside)) continue;
    // The engine opens them as root: what only root can see may be there.
    if ((await isThereForOthers(path)) !== false) continue;
    const isCarried =
      inside !== undefined &&
      runningFolder !== undefined &&
      (await isThereForOthers(join(runningFolder, inside))) !== false;
    if (isCarried) continue;
    missing.push({ ...file, path });
  }
  return missing;
}

/** Checks needed files. A start without them is refused; the import creates the folder of the release. */
export function filesCheck(missing: readonly NeededFile[]): Check {
  const name = 'files';
  if (missing.length === 0) {
    return {
      name,
      result: 'pass',
      found: 'no file of a secret, config or seccomp profile is missing',
    };
  }
  const found = missing
    .map(({ service, what, path }) => `${path}, ${what} of ${service}, is not there`)
    .join('; ');
  const hint =
    'The bundle does not contain them. Import it without --up, put the files there, then run `bundle up`.';
  return { name, result: 'fail', found, hint };
}
