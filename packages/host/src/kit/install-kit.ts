import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import {
  hintBeside,
  isThere,
  makeFolder,
  namesBeside,
  sizeOf,
  syncFolder,
  syncTree,
  writeNew,
} from '@bundle/files';
import {
  BundleError,
  byteCounter,
  type Digest,
  digestOfHex,
  formatPlatform,
  type Kit,
  kitPaths,
  limits,
  type Platform,
  paths,
  runsOn,
  type WorkOptions,
} from '@bundle/format';
import { type Extent, indexTar, readExtent, sizeMismatch, streamVerified } from '@bundle/store';
import { checkIdentity, checkSigners } from '@bundle/verify';
import { withShortLock } from '../lock/short-lock.ts';
import { stateError } from '../state-error.ts';
import { kitPlacesOf } from '../state-folder.ts';
import { readHostTrust } from '../trust/policy.ts';
import { maxKitBytes, parseKit } from './kit-folder.ts';

export interface InstallKitOptions extends WorkOptions {
  readonly stateDir: string;
  /** Platform of this host. */
  readonly platform: Platform;
  /** Required digest of kit.json; absent: any. */
  readonly expectDigest?: Digest;
}

export interface InstalledKit {
  readonly kit: Kit;
  /** Digest of kit.json. */
  readonly digest: Digest;
  /** The command, at a path that stays the same when another kit is installed. */
  readonly command: string;
}

/**
 * Installs the programs of a kit in a state folder, in place of those of the previous kit. Everything is checked on its way,
 * and the switch is one step. Fails as a bundle does: `identity-mismatch`, `signature-missing` and the like,
 * `platform-mismatch`, `digest-mismatch`, `state-unwritable`, `no-space`.
 */
export async function installKit(file: string, options: InstallKitOptions): Promise<InstalledKit> {
  const { stateDir, platform, expectDigest, signal } = options;
  if ((await sizeOf(file)) === undefined) throw await noFile(file);
  const entries = await indexTar(file);
  const bytes = await readExtent(entryOf(entries, kitPaths.manifest, file), maxKitBytes, file);
  const digest = digestOfHex(createHash('sha256').update(bytes).digest('hex'));
  const opened = { source: { path: file }, digest, bytes };
  checkIdentity(opened, expectDigest);
  const signature = entries.get(kitPaths.signature);
  const signatures =
    signature === undefined
      ? []
      : [(await readExtent(signature, limits.maxSignatureBytes, file)).toString('latin1')];
  await checkSigners({ ...opened, signatures, sigstore: [] }, await readHostTrust(stateDir));
  const kit = parseKit(bytes, file);
  checkPlatform(kit, platform, file);
  const { folder, current, lock } = kitPlacesOf(stateDir);
  try {
    // Other users start the programs in it.
    await makeFolder(folder, 0o755);
  } catch (error) {
    throw stateError(error, folder);
  }
  await withShortLock(lock, folder, signal, async () => {
    const target = await mkdtemp(join(folder, 'incoming-'));
    try {
      await chmod(target, 0o755);
      await writePrograms(target, kit, entries, file, options);
      await writeNew(join(target, kitPaths.manifest), [bytes], 0o644);
      await syncTree(target);
      const name = `kit-${basename(target).slice('incoming-'.length)}`;
      await rename(target, join(folder, name));
      await symlink(name, `${current}.next`);
      await rename(`${current}.next`, current);
      await syncFolder(folder);
      await removeOthers(folder, name);
    } catch (error) {
      await rm(target, { recursive: true, force: true });
      throw error instanceof BundleError ? error : stateError(error, folder);
    }
  });
  return { kit, digest, command: join(current, paths.runtime) };
}

async function writePrograms(
  target: string,
  { files }: Kit,
  entries: ReadonlyMap<string, Extent>,
  kitFile: string,
  { onProgress, signal }: WorkOptions,
): Promise<void> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const count = byteCounter(onProgress, 'installing the kit', total);
  for (const { path, size, sha256, executable } of files) {
    const extent = entryOf(entries, path, kitFile);
    if (extent.size !== size) throw sizeMismatch(path, size, extent.size);
    const place = join(target, path);
    await mkdir(dirname(place), { recursive: true });
    const chunks = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of streamVerified(extent, sha256, path)) {
        signal.throwIfAborted();
        count(chunk.length);
        yield chunk;
      }
    };
    await writeNew(place, chunks(), executable === true ? 0o755 : 0o644);
  }
}

/** Removes the previous kit, and what killed runs left. A program that runs continues without its file. */
async function removeOthers(folder: string, current: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name !== current && /^(kit|incoming)-/.test(name))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}

function entryOf(entries: ReadonlyMap<string, Extent>, path: string, file: string): Extent {
  const extent = entries.get(path);
  if (extent !== undefined) return extent;
  throw new BundleError('manifest-invalid', {
    operation: 'reading the kit',
    subject: file,
    expected: path,
    found: 'no such file in it',
    hint: 'Give a file that `bundle kit -o FILE` made; a bundle is imported with `bundle import`.',
  });
}

async function noFile(path: string): Promise<BundleError> {
  const beside = await namesBeside(path, ({ name }) => extname(name) === '.tar');
  return new BundleError('input-unreadable', {
    operation: 'reading the kit',
    subject: path,
    expected: 'a file that `bundle kit -o FILE` made',
    found: (await isThere(path)) ? 'not a regular file' : 'nothing there',
    hint: hintBeside(beside, 'Check the path.'),
  });
}

function checkPlatform({ platform }: Kit, own: Platform, file: string): void {
  if (runsOn(platform, own)) return;
  throw new BundleError('platform-mismatch', {
    operation: 'checking the platform of',
    subject: file,
    expected: formatPlatform(own),
    found: `a kit for ${formatPlatform(platform)}`,
    hint: 'Make one for this platform, with --platform or on a machine of that platform.',
  });
}
