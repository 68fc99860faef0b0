import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ComposeRequest } from '@bundle/engine';
import { ioError } from '@bundle/files';
import { BundleError, type BundleManifest, paths, systemErrorCode } from '@bundle/format';
import { parseBundleManifest } from '@bundle/verify';
import { type Journal, readJournal } from './journal.ts';

/** One application on this host: a folder of the state folder, and a Compose project, of the same name. */
export interface Instance {
  /** The product, or the name that a second instance was given. */
  readonly name: string;
  readonly root: string;
}

/** A release that is staged on this host. */
export interface StagedRelease {
  /** `VERSION-DIGEST12`, the name of its folder. */
  readonly name: string;
  readonly folder: string;
  readonly manifest: BundleManifest;
  /** When it was staged, RFC 3339. */
  readonly staged: string;
}

/** Everything that the state folder says of an instance. */
export interface InstanceState extends Instance {
  readonly product: string;
  /** Oldest first. */
  readonly releases: readonly StagedRelease[];
  /** Name of the release that `current` leads to. */
  readonly current: string | undefined;
  readonly journal: Journal | undefined;
}

export function instanceOf(stateDir: string, name: string): Instance {
  return { name, root: join(stateDir, name) };
}

/** All instances of a state folder, by name. */
export async function listInstances(stateDir: string): Promise<Instance[]> {
  const found: Instance[] = [];
  for (const name of (await namesIn(stateDir)).sort()) {
    if ((await namesIn(join(stateDir, name))).includes('releases')) {
      found.push(instanceOf(stateDir, name));
    }
  }
  return found;
}

/** The instance that is named; without a name, the only one. Fails with `release-not-found`. */
export async function chooseInstance(
  stateDir: string,
  name: string | undefined,
): Promise<InstanceState> {
  const all = await listInstances(stateDir);
  const chosen =
    name === undefined && all.length === 1 ? all[0] : all.find((one) => one.name === name);
  if (chosen !== undefined) return readInstance(chosen);
  throw new BundleError('release-not-found', {
    operation: 'looking for the application in',
    subject: stateDir,
    expected: name ?? 'one application',
    found: all.length === 0 ? 'none' : all.map((one) => one.name).join(', '),
    hint:
      all.length === 0
        ? 'Import its bundle first, or name the state folder with --state-dir.'
        : 'Name one of them with --name.',
  });
}

export async function readInstance(instance: Instance): Promise<InstanceState> {
  const { root, name } = instance;
  const journal = await readJournal(root);
  const names = (await namesIn(join(root, 'releases'))).filter(
    (one) => !/\.(partial|removed)$/.test(one),
  );
  const releases = await Promise.all(names.map((one) => readStaged(root, one)));
  releases.sort((a, b) => (a.staged < b.staged ? -1 : 1));
  const product = journal?.product ?? releases[0]?.manifest.product ?? name;
  return { name, root, product, releases, current: await currentOf(root), journal };
}

async function readStaged(root: string, name: string): Promise<StagedRelease> {
  const folder = join(root, 'releases', name);
  const path = join(folder, paths.manifest);
  try {
    const manifest = parseBundleManifest(await readFile(path, 'utf8'), folder);
    return { name, folder, manifest, staged: (await stat(path)).mtime.toISOString() };
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') {
      throw ioError(error, 'reading the release', folder, 'input-unreadable');
    }
    throw new BundleError('manifest-invalid', {
      operation: 'reading the release',
      subject: folder,
      expected: paths.manifest,
      found: 'no such file',
      hint: 'Delete this folder if it is none of the command’s, or import the bundle again.',
    });
  }
}

/** Name of the release that `current` leads to. */
export async function currentOf(root: string): Promise<string | undefined> {
  try {
    return basename(await readlink(join(root, 'current')));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'reading', join(root, 'current'), 'input-unreadable');
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw ioError(error, 'reading the state folder', folder, 'input-unreadable');
  }
}

/** A release by its version, its folder's name, or the beginning of its digest. Fails with `release-not-found`. */
export function findRelease(
  { releases, name, root }: Pick<InstanceState, 'releases' | 'name' | 'root'>,
  wanted: string,
): StagedRelease {
  const matching = releases.filter(
    (one) =>
      one.name === wanted ||
      one.manifest.version === wanted ||
      (wanted.length >= 6 && one.name.slice(-12).startsWith(wanted.replace(/^sha256:/, ''))),
  );
  const [only] = matching;
  if (only !== undefined && matching.length === 1) return only;
  throw new BundleError('release-not-found', {
    operation: 'looking for a release of',
    subject: name,
    expected: wanted,
    found:
      matching.length > 1
        ? `several: ${matching.map((one) => one.name).join(', ')}`
        : `${releases.map((one) => one.manifest.version).join(', ') || 'none'} in ${root}`,
    hint:
      matching.length > 1 ? 'Name one of these folders.' : 'Import its bundle, or name another.',
  });
}

export function requestFor(name: string, { folder }: StagedRelease): ComposeRequest {
  const files = [paths.compose, paths.composeOffline, pinnedFile].map((file) => join(folder, file));
  return { files, profiles: [], projectName: name };
}

/** For what needs no file, only the containers of the project. */
export function projectOnly(name: string): ComposeRequest {
  return { files: [], profiles: [], projectName: name };
}

/** In the folder of a release, beside the bundle's own files. */
export const pinnedFile = 'compose.pinned.yml';
