import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { hintBeside, ioError, isThere, withFile } from '@bundle/files';
import { BundleError, nearestFirst, partListSuffix, paths, systemErrorCode } from '@bundle/format';
import { isPart, isPartList, readAt } from '@bundle/store';
import { type Kind, kindOfFile, kindOfFolder, kindWords } from './recognize.ts';

/**
 * Returns the path of the bundle that `path` means: the bundle itself, the list beside parts, or the only bundle in
 * a folder. Fails with `bundle-not-found`, and says what is there instead if that is known. An unrecognized path is
 * returned unchanged: opening it gives a better error.
 */
export async function findBundle(path: string): Promise<string> {
  const given = withoutSlash(path);
  const kind = await kindOf(given);
  if (kind === 'bundle' || kind === 'unknown') return given;
  if (kind === 'part') return (await listBeside(given)) ?? given;
  if (kind === 'missing') return (await listBeside(given)) ?? missing(given);
  if (kind === 'manifest') return dirname(given);
  if (kind === 'folder') return onlyBundleIn(given);
  throw notABundle(given, kind);
}

/** The same for a command that also takes a bundle.json alone. */
export async function findKnownBundle(path: string): Promise<string> {
  const given = withoutSlash(path);
  return (await kindOf(given)) === 'manifest' ? given : findBundle(given);
}

/** Returns the only bundle in a folder that is not a bundle itself; any other path unchanged. */
export async function soleBundleIn(path: string): Promise<string> {
  const given = withoutSlash(path);
  if ((await kindOf(given)) !== 'folder') return given;
  const [only, ...others] = await bundlesAmong(given, await entriesOf(given));
  return only === undefined || others.length > 0 ? given : join(given, only);
}

/** Tells whether a file is a Compose file rather than a bundle spec. */
export async function isComposeFile(path: string): Promise<boolean> {
  return (await kindOf(path)) === 'compose';
}

/** Tells whether a file is a bundle spec, valid or not. */
export async function isSpecFile(path: string): Promise<boolean> {
  return (await kindOf(path)) === 'spec';
}

function withoutSlash(path: string): string {
  return path.replace(/(?<=[^/])\/+$/, '');
}

async function kindOf(path: string): Promise<Kind> {
  if (isPartList(path)) return 'bundle';
  try {
    const stats = await stat(path);
    if (stats.isDirectory())
      return (await isThere(join(path, paths.manifest))) ? 'bundle' : 'folder';
    if (isPart(path)) return 'part';
    // Devices and pipes are left alone: bytes read from them here would be lost.
    if (!stats.isFile()) return 'unknown';
    const head = await withFile(path, 'r', (handle) =>
      readAt(handle, 0, Math.min(stats.size, 4096)),
    );
    return kindOfFile(basename(path), head);
  } catch (error) {
    return systemErrorCode(error) === 'ENOENT' ? 'missing' : 'unknown';
  }
}

/** Finds the list of parts of `shop.tar`, which was cut into `shop.tar.part001` and so on. */
async function listBeside(path: string): Promise<string | undefined> {
  const list = `${path.replace(/\.part\d+$/, '')}${partListSuffix}`;
  return (await isThere(list)) ? list : undefined;
}

/** Returns the only bundle in a folder, or the folder itself if it seems to be a damaged bundle. */
async function onlyBundleIn(folder: string): Promise<string> {
  const entries = await entriesOf(folder);
  const kinds = await kindsIn(folder, entries);
  const found = bundlesOf(kinds);
  const [only, ...others] = found;
  if (others.length > 0) throw severalBundles(folder, found);
  if (only !== undefined) return join(folder, only);
  const names = entries.map(({ name }) => name);
  const kind = kindOfFolder(names, [...kinds.values()]);
  if (kind === 'unknown') return folder;
  throw notABundle(folder, kind);
}

async function bundlesAmong(folder: string, entries: readonly Dirent[]): Promise<string[]> {
  return bundlesOf(await kindsIn(folder, entries));
}

function bundlesOf(kinds: ReadonlyMap<string, Kind>): string[] {
  return [...kinds].flatMap(([name, kind]) => (kind === 'bundle' ? [name] : [])).sort();
}

/** Recognizes everything in a folder that may be a bundle by its name. */
async function kindsIn(folder: string, entries: readonly Dirent[]): Promise<Map<string, Kind>> {
  const kinds = new Map<string, Kind>();
  for (const { name } of entries.filter(mayBeBundle))
    kinds.set(name, await kindOf(join(folder, name)));
  return kinds;
}

/** Makes the error for a missing bundle, naming the bundles in the same folder. */
async function missing(path: string): Promise<never> {
  const folder = dirname(resolve(path));
  const entries = (await isThere(folder)) ? await entriesOf(folder) : [];
  const others = nearestFirst(basename(path), await bundlesAmong(folder, entries));
  throw new BundleError('bundle-not-found', {
    operation: 'opening the bundle',
    subject: path,
    expected: `a folder with ${paths.manifest}, a .tar or a ${partListSuffix} file`,
    found: 'nothing there',
    hint: hintBeside(others, 'Check the path.'),
  });
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw ioError(error, 'looking for the bundle in', folder, 'input-unreadable');
  }
}

/** Skips hidden names: runs in progress write them, and killed runs leave them behind. */
function mayBeBundle(entry: Dirent): boolean {
  if (entry.name.startsWith('.')) return false;
  return !entry.isFile() || entry.name.endsWith('.tar') || isPartList(entry.name);
}

function severalBundles(folder: string, found: readonly string[]): BundleError {
  return new BundleError('bundle-not-found', {
    operation: 'looking for the bundle in',
    subject: folder,
    expected: 'one bundle',
    found: found.join(', '),
    hint: `Name one of them: ${join(folder, found[0] ?? '')}`,
  });
}

function notABundle(path: string, kind: Kind): BundleError {
  const { found, hint } = kindWords(kind, path);
  return new BundleError('bundle-not-found', {
    operation: 'opening the bundle',
    subject: path,
    expected: `a folder with ${paths.manifest}, a .tar or a ${partListSuffix} file`,
    found,
    hint,
  });
}
