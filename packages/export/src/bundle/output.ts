import { access, constants, lstat, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ioError } from '@bundle/files';
import { BundleError, paths, systemErrorCode } from '@bundle/format';

/** Checks the output path before any work: its folder is writable, and it is free or may be replaced. */
export async function checkOutput(output: string, force: boolean): Promise<void> {
  try {
    await access(dirname(output), constants.W_OK);
  } catch (error) {
    throw ioError(error, 'writing into', dirname(output), 'output-unwritable');
  }
  const kind = await outputKind(output);
  if (kind === 'free' || (force && kind === 'bundle')) return;
  throw new BundleError('output-exists', {
    operation: 'writing the bundle to',
    subject: output,
    expected: 'a path that is free',
    found: kind === 'bundle' ? 'a bundle there already' : 'something there that is no bundle',
    hint:
      kind === 'bundle'
        ? 'Choose another path, or replace it with --force.'
        : 'Choose another path; --force replaces bundles only.',
  });
}

async function outputKind(output: string): Promise<'free' | 'bundle' | 'other'> {
  try {
    const stat = await lstat(output);
    if (stat.isFile()) return /\.tar(\.parts\.json)?$/.test(output) ? 'bundle' : 'other';
    if (!stat.isDirectory()) return 'other';
    const names = await readdir(output);
    return names.length === 0 || names.includes(paths.manifest) ? 'bundle' : 'other';
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 'free';
    throw ioError(error, 'looking at', output, 'output-unwritable');
  }
}
