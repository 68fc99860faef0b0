import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, rmdir, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type ReadEntry, readTar } from '@bundle/archive';
import { ioError, makeFolder } from '@bundle/files';
import { BundleError, limits, paths, reasonOf, systemErrorCode } from '@bundle/format';
import { checkKept } from '@bundle/host';
import type { RebuildableRelease } from './release.ts';

export interface UnpackedSource {
  /** Absolute path of the new folder. */
  readonly folder: string;
  /** Absolute path of the project's folder in it, for `--source`. */
  readonly project: string;
  readonly files: number;
}

/**
 * Writes the source of a release into a folder, which must be absent or empty, with the modes of the export. Leaves
 * either the complete source or nothing. Fails with `rebuild-unavailable` if the bundle contains no source, and with
 * `output-exists`.
 */
export async function unpackSource(
  release: RebuildableRelease,
  target: string,
  signal: AbortSignal,
): Promise<UnpackedSource> {
  const { manifest, source } = release;
  const listed = manifest.files.find(({ path }) => path === paths.sourceArchive);
  if (listed === undefined || source === undefined) throw noSource(release);
  const archive = join(release.folder, paths.sourceArchive);
  const folder = resolve(target);
  await checkEmpty(folder);
  let partial: string | undefined;
  try {
    await checkKept(release, listed);
    await makeFolder(dirname(folder));
    partial = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
    const files = await unpack(archive, partial, signal);
    await chmod(partial, 0o755);
    await rmdir(folder).catch(ignoreAbsent);
    await rename(partial, folder);
    return { folder, project: join(folder, source.project), files };
  } catch (error) {
    if (partial !== undefined) await rm(partial, { recursive: true, force: true });
    throw ioError(error, 'writing the source to', folder, 'output-unwritable');
  }
}

async function unpack(archive: string, folder: string, signal: AbortSignal): Promise<number> {
  const { size } = await stat(archive);
  const most = limits.leastSourceBytes + limits.maxSourceRatio * size;
  let bytes = 0;
  const plain = createGunzip();
  // Its errors reach the reader of `plain`.
  pipeline(createReadStream(archive), plain).catch(() => undefined);
  const entries = readTar(plain, signal, (count) => {
    bytes += count;
    if (bytes > most) plain.destroy(tooLarge(archive, most));
  });
  try {
    return await writeEntries(entries, folder);
  } catch (error) {
    throw readingError(plain.errored ?? error, archive);
  }
}

/** Entry types that an export packs. */
const types: ReadonlySet<string> = new Set(['File', 'OldFile', 'Directory', 'SymbolicLink']);

async function writeEntries(entries: AsyncIterable<ReadEntry>, folder: string): Promise<number> {
  const modes: [string, number][] = [];
  const links: [string, string][] = [];
  let files = 0;
  for await (const entry of entries) {
    const place = join(folder, safePath(entry.path));
    if (!types.has(entry.type))
      throw invalidArchive(entry.path, { expected: [...types].join(', '), found: entry.type });
    if (entry.type === 'SymbolicLink') links.push([place, entry.linkpath ?? '']);
    // Permissions only: setuid and setgid bits would let anybody run the file as its owner.
    else modes.push([place, (entry.mode ?? 0o644) & 0o777]);
    if (entry.type === 'File' || entry.type === 'OldFile') {
      files += 1;
      await pipeline(entry, createWriteStream(place, { flags: 'wx' }));
      continue;
    }
    if (entry.type === 'Directory') await mkdir(place);
    entry.resume();
  }
  // Folder modes deepest first, since a read-only folder could not take files. Links last, so that nothing is written
  // through one.
  for (const [place, mode] of modes.toReversed()) await chmod(place, mode);
  for (const [place, to] of links) await symlink(to, place);
  return files;
}

/** Maps faults of the archive itself; errors of the system and of this program pass unchanged. */
function readingError(error: unknown, archive: string): unknown {
  const isOther = error instanceof BundleError && error.code !== 'engine-failed';
  if (isOther || /^E(?!RR_)/.test(systemErrorCode(error) ?? '')) return error;
  return invalidArchive(archive, {
    expected: 'a complete tar archive, compressed with gzip',
    found: error instanceof BundleError ? (error.details.found ?? '') : reasonOf(error),
  });
}

function tooLarge(archive: string, most: number): BundleError {
  return invalidArchive(archive, { expected: `at most ${most} bytes`, found: 'more' });
}

function safePath(path: string): string {
  const segments = path.replace(/\/$/, '').split('/');
  if (!segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return segments.join('/');
  throw invalidArchive(path, { expected: 'a path below the folder', found: 'one that leaves it' });
}

function invalidArchive(
  subject: string,
  details: { readonly expected: string; readonly found: string },
): BundleError {
  return new BundleError('archive-invalid', {
    operation: 'unpacking the source',
    subject,
    ...details,
    hint: 'This bundle was not made by `bundle export`: do not use it.',
  });
}

async function checkEmpty(folder: string): Promise<void> {
  try {
    if ((await readdir(folder)).length === 0) return;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    if (systemErrorCode(error) !== 'ENOTDIR')
      throw ioError(error, 'reading', folder, 'output-unwritable');
  }
  throw new BundleError('output-exists', {
    operation: 'writing the source to',
    subject: folder,
    expected: 'an absent or empty folder',
    found: 'a file or a folder with contents',
    hint: 'Name another folder; existing files are never touched.',
  });
}

function noSource({ manifest }: RebuildableRelease): BundleError {
  return new BundleError('rebuild-unavailable', {
    operation: 'looking for the source in the bundle of',
    subject: `${manifest.product} ${manifest.version}`,
    expected: paths.sourceArchive,
    found: 'none: it was packed without --with-source',
    hint: 'Export it again with --with-source, or transfer the source another way.',
  });
}

function ignoreAbsent(error: unknown): void {
  if (systemErrorCode(error) !== 'ENOENT') throw error;
}
