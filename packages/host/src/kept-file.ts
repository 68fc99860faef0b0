import { join } from 'node:path';
import { ioError, isAbsence, readBytesIfThere, sizeOf } from '@bundle/files';
import { BundleError, type BundleManifest, digestOf, shellWord } from '@bundle/format';
import { fileBytes } from '@bundle/store';

/** A release whose files are on this host. */
interface Kept {
  readonly folder: string;
  readonly manifest: Pick<BundleManifest, 'files'>;
}

/**
 * Reads a text file of a release that nobody edits; undefined if its bundle has none. Fails with `digest-mismatch`
 * where the disk no longer has the bytes of the bundle.
 */
export async function readKept(
  { folder, manifest }: Kept,
  path: string,
): Promise<string | undefined> {
  const listed = manifest.files.find((file) => file.path === path);
  if (listed === undefined) return undefined;
  const file = join(folder, path);
  const size = await sizeOf(file);
  if (size !== undefined && size !== listed.size)
    throw damagedFile(folder, path, `${listed.size} bytes`, `${size} bytes`);
  const bytes = await readBytesIfThere(file, { maxBytes: listed.size });
  const found = bytes && digestOf(bytes);
  if (bytes === undefined || found !== `sha256:${listed.sha256}`)
    throw damagedFile(folder, path, `sha256:${listed.sha256}`, found);
  return bytes.toString('utf8');
}

/** Compares a file of a release with its digest in bundle.json. Fails with `digest-mismatch`. */
export async function checkKept(
  { folder }: Pick<Kept, 'folder'>,
  { path, sha256 }: Pick<BundleManifest['files'][number], 'path' | 'sha256'>,
): Promise<void> {
  const found = await digestIfThere(join(folder, path));
  if (found !== `sha256:${sha256}`) throw damagedFile(folder, path, `sha256:${sha256}`, found);
}

/** Says which file of a release is damaged, and how to get it back: an import leaves a staged release as it is. */
export function damagedFile(
  folder: string,
  path: string,
  expected: string,
  found: string | undefined,
): BundleError {
  return new BundleError('digest-mismatch', {
    operation: 'reading the release',
    subject: join(folder, path),
    expected,
    found: found ?? 'no such file',
    hint: `Copy the file from its bundle again. For a single file: tar -xf BUNDLE -C ${shellWord(folder)} ${shellWord(path)}`,
  });
}

async function digestIfThere(path: string): Promise<string | undefined> {
  try {
    return `sha256:${(await fileBytes(path)).sha256}`;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw ioError(error, 'reading', path, 'input-unreadable');
  }
}
