import { createReadStream } from 'node:fs';
import { chmod, lstat, open, readlink, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ioError, makeFolder, syncFolder } from '@bundle/files';
import {
  BundleError,
  type BundleManifest,
  dotEnv,
  packedDotEnv,
  paths,
  reasonOf,
  runtimeDir,
  systemErrorCode,
} from '@bundle/format';
import { type BundleSource, fileBytes, streamExtent, streamVerified } from '@bundle/store';
import { linkShared } from './shared-file.ts';

/** Where a product's releases are on the offline host. */
export interface ProductState {
  readonly root: string;
  /** Folder of this release, named by its version and the first digits of its digest. */
  readonly releaseDir: string;
  /** Symbolic link to the release that is current. */
  readonly currentLink: string;
}

export function productState(
  stateDir: string,
  { product, version }: BundleManifest,
  digest: string,
  instance = product,
): ProductState {
  const root = join(stateDir, instance);
  const name = `${version}-${digest.slice('sha256:'.length, 'sha256:'.length + 12)}`;
  return { root, releaseDir: join(root, 'releases', name), currentLink: join(root, 'current') };
}

/** Keeps a second run on the same product out; a lock whose holder died is taken over after 10 s. */
export async function withLock<T>(
  { root }: Pick<ProductState, 'root'>,
  work: () => Promise<T>,
): Promise<T> {
  let release: () => Promise<void>;
  try {
    const { lock } = await import('proper-lockfile');
    await makeFolder(join(root, 'releases'));
    release = await lock(root, { stale: 10_000, update: 2_000, lockfilePath: join(root, 'lock') });
  } catch (error) {
    if (systemErrorCode(error) !== 'ELOCKED') throw stateError(error, root);
    throw new BundleError('busy', {
      operation: 'taking the lock of',
      subject: root,
      found: 'another run under way',
      hint: 'Wait until it is done. After a crash the lock frees itself within 10 seconds.',
    });
  }
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Whether this release is staged whole. */
export async function isStaged({ releaseDir }: ProductState): Promise<boolean> {
  try {
    return await exists(releaseDir);
  } catch (error) {
    throw stateError(error, releaseDir);
  }
}

/** Whether this release is staged whole and current. */
export async function isCurrent({ releaseDir, currentLink }: ProductState): Promise<boolean> {
  try {
    await lstat(releaseDir);
    return basename(await readlink(currentLink)) === basename(releaseDir);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'EINVAL') return false;
    throw stateError(error, releaseDir);
  }
}

/** Files of a release beside their place. */
export interface PreparedRelease {
  /** Moves them into place, whole. */
  readonly moveIntoPlace: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/**
 * Copies the release's files (all but the images) beside their place. `executable` is this command as one file, kept with
 * a release that carries none.
 */
export async function prepareRelease(
  source: BundleSource,
  manifest: BundleManifest,
  { releaseDir }: ProductState,
  executable?: string,
): Promise<PreparedRelease> {
  const partial = `${releaseDir}.partial`;
  const stateDir = dirname(dirname(dirname(releaseDir)));
  const remove = (): Promise<void> => rm(partial, { recursive: true, force: true });
  try {
    if (await exists(releaseDir)) return { moveIntoPlace: async () => undefined, remove };
    await remove();
    await makeFolder(partial);
    for (const file of manifest.files) {
      if (file.path.startsWith(`${paths.imagesDir}/`)) continue;
      const extent = source.entries.get(file.path);
      if (extent === undefined) continue;
      const target = join(partial, file.path);
      const isLarge = file.path.startsWith(runtimeDir);
      if (isLarge && (await linkShared(stateDir, file, target))) continue;
      await copyVerified(extent, file, target);
      if (file.path === dotEnv) await copyVerified(extent, file, join(partial, packedDotEnv));
    }
    await copyOwn(source, partial);
    const carried = manifest.files.some(({ path }) => path === paths.runtime);
    // The stick goes, and the release before may be pruned. A copy, since others may write to where it is now.
    if (executable !== undefined && !carried) await keepCommand(executable, stateDir, partial);
    await syncFolder(partial);
  } catch (error) {
    await remove();
    throw stateError(error, releaseDir);
  }
  return { moveIntoPlace: () => moveRelease(partial, releaseDir), remove };
}

async function moveRelease(partial: string, releaseDir: string): Promise<void> {
  try {
    await rename(partial, releaseDir);
    await syncFolder(dirname(releaseDir));
  } catch (error) {
    throw stateError(error, releaseDir);
  }
}

async function keepCommand(executable: string, stateDir: string, folder: string): Promise<void> {
  const { length: size, sha256 } = await fileBytes(executable);
  const target = join(folder, paths.runtime);
  if (await linkShared(stateDir, { path: paths.runtime, size, sha256 }, target)) return;
  await writeStream(target, createReadStream(executable), 0o755);
}

/** bundle.json and checksums.sha256 are kept too: later imports and diffs read them. */
async function copyOwn(source: BundleSource, folder: string): Promise<void> {
  for (const path of [paths.manifest, paths.checksums]) {
    const extent = source.entries.get(path);
    if (extent !== undefined)
      await writeStream(join(folder, path), streamExtent(extent, path), 0o644);
  }
}

async function copyVerified(
  extent: Parameters<typeof streamVerified>[0],
  file: BundleManifest['files'][number],
  target: string,
): Promise<void> {
  // Containers read these files as other users; the mode does not depend on the caller's umask.
  const mode = file.path === dotEnv ? 0o600 : file.executable === true ? 0o755 : 0o644;
  await writeStream(target, streamVerified(extent, file.sha256, file.path), mode);
}

async function writeStream(
  target: string,
  content: AsyncIterable<Buffer>,
  mode: number,
): Promise<void> {
  await makeFolder(dirname(target));
  const handle = await open(target, 'wx', mode);
  try {
    for await (const chunk of content) await handle.write(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(target, mode);
}

/** Points `current` at the release in one step: at every moment it names the old one or the new one. */
export async function switchCurrent({
  root,
  releaseDir,
  currentLink,
}: ProductState): Promise<void> {
  const next = `${currentLink}.next`;
  try {
    await rm(next, { force: true });
    await symlink(join('releases', basename(releaseDir)), next);
    await rename(next, currentLink);
    await syncFolder(root);
  } catch (error) {
    throw stateError(error, currentLink);
  }
}

/** Fails before any work when the state folder cannot be written. */
export async function checkState({ root }: ProductState): Promise<void> {
  const probe = join(root, `.probe-${process.pid}`);
  try {
    await makeFolder(probe);
    await rm(probe, { recursive: true, force: true });
    await removeIfEmpty(root);
  } catch (error) {
    throw stateError(error, root);
  }
}

/** A folder that was only made to see whether it can be. */
async function removeIfEmpty(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOTEMPTY') throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function stateError(error: unknown, subject: string): unknown {
  const mapped = ioError(error, 'writing the state folder', subject, 'state-unwritable');
  if (!(mapped instanceof BundleError) || mapped.code !== 'state-unwritable') return mapped;
  return new BundleError('state-unwritable', {
    operation: 'writing the state folder',
    subject,
    found: reasonOf(error),
    hint: 'Choose a folder you may write with --state-dir or BUNDLE_STATE_DIR, or run as root.',
    cause: error,
  });
}
