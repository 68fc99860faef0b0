import { join } from 'node:path';
import { ioError, isAbsence } from '@bundle/files';
import { BundleError, paths } from '@bundle/format';
import { fileBytes } from '@bundle/store';
import type { RebuildableRelease } from './release.ts';

/** Compares the packages of a folder with their digests in the bundle; fails with `digest-mismatch`. */
export async function checkFolder(release: RebuildableRelease, folder: string): Promise<void> {
  const start = `${paths.packagesDir}/${folder}/`;
  for (const { path, sha256: expected } of release.manifest.files) {
    if (!path.startsWith(start)) continue;
    const sha256 = await digestIfThere(join(release.folder, path));
    if (sha256 === expected) continue;
    throw new BundleError('digest-mismatch', {
      operation: 'checking the carried packages',
      subject: path,
      expected: `sha256:${expected}`,
      found: sha256 === undefined ? 'no such file' : `sha256:${sha256}`,
      hint: 'Import the bundle again: it restores the file.',
    });
  }
}

async function digestIfThere(path: string): Promise<string | undefined> {
  try {
    return (await fileBytes(path)).sha256;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw ioError(error, 'checking the carried packages', path, 'input-unreadable');
  }
}
