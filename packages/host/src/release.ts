import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError, readBytesIfThere, readTextIfThere } from '@bundle/files';
import {
  BundleError,
  type BundleManifest,
  chosenPlatform,
  type Digest,
  digestOf,
  limits,
  manifestFor,
  parsePlatform,
  paths,
  shortHexOf,
  systemErrorCode,
} from '@bundle/format';
import { readExtent } from '@bundle/store';
import { type OpenedBundle, parseBundleManifest } from '@bundle/verify';
import { damagedFile } from './kept-file.ts';
import { listFolders } from './list-folders.ts';
import { stateError } from './state-error.ts';
import {
  type Instance,
  isReleaseName,
  placesOf,
  releaseFolder,
  releaseName,
} from './state-folder.ts';

/** A release of an instance, whether its files are on this host or still in its bundle. */
export interface Release {
  readonly instance: Instance;
  /** `VERSION-DIGEST12`, the name of its folder. */
  readonly name: string;
  /** Its folder on this host, before and after it is staged. */
  readonly folder: string;
  readonly manifest: BundleManifest;
  /** Digest of its bundle.json. */
  readonly digest: Digest;
  /** Reads a text file of the release by its path in the bundle; undefined where there is no such file. */
  readonly read: (path: string) => Promise<string | undefined>;
}

/** A release whose files are on this host. */
export interface StagedRelease extends Release {
  /** When it was staged, RFC 3339. */
  readonly staged: string;
}

/** Describes the release that a bundle becomes in an instance, from the bundle itself. */
export function bundledRelease(
  { source, manifest, digest }: OpenedBundle,
  instance: Instance,
): Release {
  const name = releaseName(manifest, digest);
  const read = async (path: string): Promise<string | undefined> => {
    const extent = source.entries.get(path);
    if (extent === undefined) return undefined;
    return (await readExtent(extent, limits.maxTextFileBytes, path)).toString('utf8');
  };
  return { instance, name, folder: releaseFolder(instance, name), manifest, digest, read };
}

/** Lists the names of the releases that are staged whole. */
export async function stagedNames(instance: Instance): Promise<string[]> {
  // An engine makes a folder wherever a mount leads that is not there.
  return (await listFolders(placesOf(instance).releases)).filter(isReleaseName);
}

/**
 * Reads a staged release. Fails with `digest-mismatch` where its bundle.json is not the one that its folder is named
 * after, and with `manifest-invalid` where the folder does not contain a release.
 */
export async function readStaged(instance: Instance, name: string): Promise<StagedRelease> {
  const folder = releaseFolder(instance, name);
  const path = join(folder, paths.manifest);
  try {
    const bytes = await readBytesIfThere(path, { maxBytes: limits.maxBundleManifestBytes });
    if (bytes === undefined) throw noManifest(folder);
    const digest = digestOf(bytes);
    const [expected = ''] = /[0-9a-f]{12}$/.exec(name) ?? [];
    if (shortHexOf(digest) !== expected)
      throw damagedFile(folder, paths.manifest, `sha256:${expected}…`, digest);
    const manifest = parseBundleManifest(bytes, folder);
    return {
      instance,
      name,
      folder,
      manifest: manifest.platforms === undefined ? manifest : await chosen(manifest, folder),
      digest,
      read: (file) => readTextIfThere(join(folder, file)),
      staged: (await stat(path)).mtime.toISOString(),
    };
  } catch (error) {
    throw ioError(error, 'reading the release', folder, 'input-unreadable');
  }
}

function noManifest(folder: string): BundleError {
  return new BundleError('manifest-invalid', {
    operation: 'reading the release',
    subject: folder,
    expected: paths.manifest,
    found: 'no such file',
    hint: 'Delete this folder if the command did not make it. Otherwise copy bundle.json from its bundle into it.',
  });
}

/** Returns bundle.json with the images of the platform that was imported. */
async function chosen(manifest: BundleManifest, folder: string): Promise<BundleManifest> {
  const text = await readTextIfThere(join(folder, chosenPlatform));
  const platform = text === undefined ? undefined : parsePlatform(text.trim());
  return platform === undefined ? manifest : manifestFor(manifest, platform);
}

/** Tells whether a release is fully staged. */
export async function isStaged({ folder }: Release): Promise<boolean> {
  try {
    await lstat(folder);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw stateError(error, folder);
  }
}
