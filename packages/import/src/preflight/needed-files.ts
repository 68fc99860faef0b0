import { hostPath, insideProject, type NeededFile } from '@bundle/compose';
import { isThere } from '@bundle/files';
import type { BundleManifest } from '@bundle/format';
import type { Check } from './check.ts';

/** Finds the files of secrets and configs that neither come with a release nor are on this host; `path` is absolute. */
export async function missingFiles(
  needed: readonly NeededFile[],
  { folder, manifest }: { readonly folder: string; readonly manifest: BundleManifest },
): Promise<NeededFile[]> {
  const packed = new Set(manifest.files.map(({ path }) => path));
  const missing: NeededFile[] = [];
  for (const file of needed) {
    const path = hostPath(file.path, folder);
    if (packed.has(insideProject(folder, path) ?? '') || (await isThere(path))) continue;
    missing.push({ ...file, path });
  }
  return missing;
}

/** A start without them is refused; the folder of a release is made by its import. */
export function filesCheck(missing: readonly NeededFile[]): Check {
  const name = 'files';
  if (missing.length === 0) {
    return { name, result: 'pass', found: 'no file of a secret or config is missing' };
  }
  const found = missing
    .map(({ service, what, path }) => `${path}, ${what} of ${service}, is not there`)
    .join('; ');
  const hint =
    'The bundle does not contain them. Import it without --up, put them in these places, then `bundle up`.';
  return { name, result: 'fail', found, hint };
}
