import { createReadStream } from 'node:fs';
import { chmod, open, readdir, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, readTextIfThere, replaceFile, syncFolder, writeAll } from '@bundle/files';
import {
  type BundleManifest,
  checksumsText,
  chosenPlatform,
  digestOf,
  dotEnv,
  formatPlatform,
  hexOf,
  keptMounts,
  packedDotEnv,
  packedPlugins,
  paths,
  runtimeDir,
  systemErrorCode,
} from '@bundle/format';
import { type BundleSource, fileBytes, requireEntry, streamVerified } from '@bundle/store';
import { joinSignatures, type OpenedBundle } from '@bundle/verify';
import { keepPlugin } from './plugin-digests.ts';
import { isStaged, type Release } from './release.ts';
import { linkShared } from './shared-file.ts';
import { stateError } from './state-error.ts';
import {
  type Instance,
  keptMountsTarget,
  partialFolder,
  placesOf,
  privateFolder,
} from './state-folder.ts';
import type { WorkOptions } from './work-options.ts';

/** Files of a release, prepared beside their final place. */
export interface PreparedRelease {
  /** Moves all of them into place in one step. */
  readonly moveIntoPlace: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

export interface StageOptions extends WorkOptions {
  /** This command as one file, kept with a release that does not carry it. */
  readonly executable?: string | undefined;
}

/** Copies a release's files (all but the images) from its bundle to a folder beside their final place. */
export async function prepareRelease(
  opened: OpenedBundle,
  release: Release,
  { executable, ...options }: StageOptions,
): Promise<PreparedRelease> {
  const { folder, manifest } = release;
  const partial = partialFolder(folder);
  const remove = (): Promise<void> => rm(partial, { recursive: true, force: true });
  try {
    // The images were chosen for the engine of this import; another engine may have used this state folder before.
    const platform =
      opened.whole === undefined ? undefined : `${formatPlatform(manifest.platform)}\n`;
    if (await isStaged(release)) {
      const file = join(folder, chosenPlatform);
      const isOther = platform !== undefined && (await readTextIfThere(file)) !== platform;
      const moveIntoPlace = async (): Promise<void> => {
        if (isOther) await replaceFile(file, platform, 0o644);
      };
      return { moveIntoPlace, remove };
    }
    await remove();
    await makeFolder(dirname(partial), privateFolder);
    await makeFolder(partial);
    await copyFiles(opened.source, release, partial, options);
    await copyOwn(opened, partial);
    if (platform !== undefined)
      await writeStream(join(partial, chosenPlatform), [Buffer.from(platform)], 0o644);
    await symlink(keptMountsTarget, join(partial, keptMounts));
    await makeFolder(placesOf(release.instance).mounts, privateFolder);
    const carried = manifest.files.some(({ path }) => path === paths.runtime);
    // A copy, since the medium will be removed, the previous release may be pruned, and others may write to its
    // current place.
    if (executable !== undefined && !carried)
      await keepCommand(executable, release.instance, partial, options);
    for (const plugin of ['compose', 'buildx'] as const) {
      if (manifest.files.some(({ path }) => path === packedPlugins[plugin])) continue;
      await keepPlugin(release.instance.stateDir, plugin, partial);
    }
    await finishFolder(partial);
  } catch (error) {
    await remove();
    throw stateError(error, folder);
  }
  return { moveIntoPlace: () => moveRelease(partial, folder), remove };
}

/** Syncs a folder and those below it, and sets their mode to that of a release. */
async function finishFolder(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await finishFolder(join(folder, entry.name));
  await chmod(folder, 0o755);
  await syncFolder(folder);
}

async function copyFiles(
  source: BundleSource,
  { instance, manifest }: Release,
  folder: string,
  options: WorkOptions,
): Promise<void> {
  const files = manifest.files.filter(({ path }) => !path.startsWith(`${paths.imagesDir}/`));
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
  let doneBytes = 0;
  for (const file of files) {
    const { path } = file;
    options.signal.throwIfAborted();
    options.onProgress({ phase: 'copying files', doneBytes, totalBytes, detail: path });
    doneBytes += file.size;
    const target = join(folder, path);
    const isLarge = path.startsWith(runtimeDir);
    if (isLarge && (await linkShared(instance.stateDir, file, target, options))) continue;
    const extent = requireEntry(source, path);
    await copyVerified(extent, file, target, options);
    if (path === dotEnv) await copyVerified(extent, file, join(folder, packedDotEnv), options);
  }
}

async function moveRelease(partial: string, folder: string): Promise<void> {
  try {
    await rename(partial, folder);
    await syncOrRemove(folder);
  } catch (error) {
    throw stateError(error, folder);
  }
}

/** A second sync may not report the failure of the first one, so nothing stays that a later run would trust. */
async function syncOrRemove(folder: string): Promise<void> {
  try {
    await syncFolder(dirname(folder));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function keepCommand(
  executable: string,
  { stateDir }: Instance,
  folder: string,
  options: WorkOptions,
): Promise<void> {
  const { length: size, sha256 } = await fileBytes(executable);
  const target = join(folder, paths.runtime);
  if (await linkShared(stateDir, { path: paths.runtime, size, sha256 }, target, options)) return;
  await writeStream(target, createReadStream(executable), 0o755, options);
}

/**
 * Copies bundle.json, which later imports and diffs read, with its checksums and signatures. Fails with `digest-mismatch` where
 * the bundle no longer has the bytes that everything was verified against.
 */
async function copyOwn(opened: OpenedBundle, folder: string): Promise<void> {
  const { source, bytes, manifest, digest, signatures, sigstore } = opened;
  const checksums = Buffer.from(checksumsText(manifest.files, hexOf(digest)));
  for (const [path, expected] of [
    [paths.manifest, bytes],
    [paths.checksums, checksums],
  ] as const) {
    const content = streamVerified(requireEntry(source, path), hexOf(digestOf(expected)), path);
    await writeStream(join(folder, path), content, 0o644);
  }
  for (const [path, signed] of [
    [paths.signature, joinSignatures('signatures', signatures)],
    [paths.sigstore, joinSignatures('sigstore', sigstore)],
  ] as const) {
    if (signed === '') continue;
    await writeStream(join(folder, path), [Buffer.from(signed, 'latin1')], 0o644);
  }
}

async function copyVerified(
  extent: Parameters<typeof streamVerified>[0],
  file: BundleManifest['files'][number],
  target: string,
  options: WorkOptions,
): Promise<void> {
  // Containers read these files as other users; the mode does not depend on the caller's umask.
  const mode = file.path === dotEnv ? 0o600 : file.executable === true ? 0o755 : 0o644;
  await writeStream(target, streamVerified(extent, file.sha256, file.path), mode, options);
}

async function writeStream(
  target: string,
  content: AsyncIterable<Buffer> | Iterable<Buffer>,
  mode: number,
  options?: WorkOptions,
): Promise<void> {
  await makeFolder(dirname(target));
  const handle = await open(target, 'wx', mode);
  try {
    for await (const chunk of content) {
      options?.signal.throwIfAborted();
      await writeAll(handle, chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(target, mode);
}

/** Fails before any work when the state folder cannot be written. */
export async function checkState({ root }: Instance): Promise<void> {
  const probe = join(root, `.probe-${process.pid}`);
  try {
    await makeFolder(probe, privateFolder);
    await rm(probe, { recursive: true, force: true });
    await removeIfEmpty(root);
  } catch (error) {
    throw stateError(error, root);
  }
}

/** Removes a folder that was made only as a test. */
async function removeIfEmpty(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOTEMPTY') throw error;
  }
}
