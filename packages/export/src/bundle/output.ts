import { access, constants, lstat, readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ioError, namesIn } from '@bundle/files';
import { BundleError, partListSuffix, paths, systemErrorCode, unlistedPaths } from '@bundle/format';
import { firstTarEntry, isPartList, partNumber, readPartList } from '@bundle/store';
import { openManifest } from '@bundle/verify';
import type { ExportOptions } from '../export-options.ts';
import { checkNoSignature } from './sign-head.ts';

/** What is at an output path: nothing, a bundle, or a description of something else. */
type Occupant = 'free' | 'bundle' | { readonly other: string };

/**
 * Checks all paths that a bundle takes, before any work and again before it is moved into place: another run may have
 * written one meanwhile. Fails as `checkOutput` does.
 */
export async function checkOutputs({
  output,
  format,
  partBytes,
  force,
}: Pick<ExportOptions, 'output' | 'format' | 'partBytes' | 'force'>): Promise<void> {
  await checkOutput(output, force);
  if (format === 'tar') await checkNoSignature(output, force);
  if (partBytes !== undefined) await checkOutput(partListOf(output), force);
}

/**
 * Checks an output path: its folder is writable, and the path is free or, with `force`, taken by a
 * bundle and nothing else, or an archive that begins with `firstFile`. Fails with `output-exists` or `output-unwritable`.
 */
export async function checkOutput(
  output: string,
  force: boolean,
  firstFile: string = paths.manifest,
): Promise<void> {
  try {
    await access(dirname(output), constants.W_OK);
  } catch (error) {
    throw ioError(error, 'writing into', dirname(output), 'output-unwritable');
  }
  const occupant = await occupantOf(output, firstFile);
  if (occupant === 'free' || (force && occupant === 'bundle')) return;
  throw new BundleError('output-exists', {
    operation: 'writing the bundle to',
    subject: output,
    expected: 'a path that is free',
    found: occupant === 'bundle' ? 'a bundle' : occupant.other,
    hint:
      occupant === 'bundle'
        ? 'Choose another path, or replace it with --force.'
        : 'Choose another path; --force replaces only bundles.',
  });
}

async function occupantOf(output: string, firstFile: string): Promise<Occupant> {
  try {
    const stat = await lstat(output);
    if (stat.isDirectory()) return await folderOccupant(output);
    if (!stat.isFile()) return { other: 'something that is neither a file nor a folder' };
    return isPartList(output) ? await listOccupant(output) : await fileOccupant(output, firstFile);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT')
      return isPartList(output) ? partsOccupant(output) : 'free';
    throw ioError(error, 'looking at', output, 'output-unwritable');
  }
}

/** Returns the path of the list of parts; a bundle in parts has no file at the output path itself. */
export function partListOf(output: string): string {
  return `${output}${partListSuffix}`;
}

/** Recognises a bundle by its first entry, so that a truncated one can be replaced too. */
async function fileOccupant(output: string, firstFile: string): Promise<Occupant> {
  const first = await firstTarEntry(output);
  return first === firstFile ? 'bundle' : { other: 'a file that is not a bundle' };
}

async function listOccupant(output: string): Promise<Occupant> {
  return (await explained(() => readPartList(output))) ?? 'bundle';
}

/**
 * Looks for parts without their list. They may be a copy in progress, unless an export was killed while replacing them.
 */
async function partsOccupant(list: string): Promise<Occupant> {
  const bundle = basename(list).slice(0, -partListSuffix.length);
  const names = await namesIn(dirname(list));
  if (names.some((name) => name.startsWith(`.${basename(list)}.partial-`))) return 'free';
  const part = names.find((name) => partNumber(name, bundle) !== undefined);
  return part === undefined ? 'free' : { other: `${part}, a part without its list` };
}

/** Checks a whole folder: all of it would be deleted, so all of it must belong to the bundle. */
async function folderOccupant(output: string): Promise<Occupant> {
  const names = await readdir(output);
  if (names.length === 0) return 'bundle';
  if (!names.includes(paths.manifest)) return { other: 'a folder that is not a bundle' };
  return (
    (await explained(async () => {
      const { source, manifest } = await openManifest(output);
      const own = new Set(manifest.files.map(({ path }) => path));
      for (const path of source.entries.keys()) {
        if (!unlistedPaths.has(path) && !own.has(path))
          return `a folder with ${path}, which does not belong to the bundle in it`;
      }
      return undefined;
    })) ?? 'bundle'
  );
}

/** Opens a bundle; returns the reason if it cannot be opened. */
async function explained(open: () => Promise<unknown>): Promise<{ other: string } | undefined> {
  try {
    const foreign = await open();
    return typeof foreign === 'string' ? { other: foreign } : undefined;
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return { other: `something that is not a bundle: ${error.message}` };
  }
}
