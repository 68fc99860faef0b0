import { lstat, rename, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { isAtOrBelow, isEngineSocket, isHostOwn, type Mount, withoutSlash } from '@bundle/compose';
import { ioError, isAbsence, isDenial, makeFolder } from '@bundle/files';
import { type BundleManifest, keptMounts, type LeftOut } from '@bundle/format';
import { currentOf } from './current.ts';
import { readJournal } from './journal.ts';
import type { Release } from './release.ts';
import { stateError } from './state-error.ts';
import { type Instance, placesOf, privateFolder, releaseFolder } from './state-folder.ts';

/** Where the source of a mount is on this host. */
export interface MountPlace {
  /**
   * `packed`: it came with the release. `kept`: the host keeps it for all releases. `host`: a path of the host.
   * `forbidden`: a path among what the command keeps itself.
   */
  readonly kind: 'packed' | 'kept' | 'host' | 'forbidden';
  readonly path: string;
}

type Placed = Pick<Release, 'instance' | 'folder' | 'manifest'>;

/**
 * Decides where a source is, by the absolute path that Compose makes of it. What lies in a release's folder and did not come
 * with the release is kept for all releases: the next one has a folder of its own, and an old one is removed some day.
 */
export function placeOfMount({ instance, folder, manifest }: Placed, source: string): MountPlace {
  const { mounts, files } = placesOf(instance);
  if (isAtOrBelow(source, folder)) {
    const path = relative(folder, source);
    if (isAtOrBelow(path, keptMounts)) {
      return { kind: 'kept', path: join(mounts, relative(keptMounts, path)) };
    }
    return path === '' || isPacked(manifest, path)
      ? { kind: 'packed', path: source }
      : { kind: 'kept', path: join(mounts, path) };
  }
  if (isAtOrBelow(source, mounts)) return { kind: 'kept', path: source };
  if (isAtOrBelow(source, files)) return { kind: 'packed', path: source };
  const kind = isAtOrBelow(source, instance.root) ? 'forbidden' : 'host';
  return { kind, path: source };
}

function isPacked({ files, envFiles }: BundleManifest, path: string): boolean {
  const all = [...files, ...envFiles];
  return all.some((file) => file.path === path || file.path.startsWith(`${path}/`));
}

/** A source that keeps an application from starting as it did where its bundle was made. */
export interface MountProblem {
  readonly services: readonly string[];
  /** Where it has to be on this host. */
  readonly path: string;
  /** `taken`: a folder is where a file should be; `forbidden`: it lies among what the command keeps. */
  readonly problem: 'missing file' | 'missing folder' | 'missing' | 'taken' | 'forbidden';
}

/**
 * Finds what is missing of the paths that services mount. What was not there either where the bundle was made, or was empty,
 * is made by the start. Changes nothing.
 */
export async function mountProblems(
  release: Placed,
  mounts: readonly Mount[],
  earlier: readonly string[] = [],
): Promise<MountProblem[]> {
  const found = new Map<string, MountProblem>();
  for (const mount of mounts) {
    if (mount.kind !== 'bind') continue;
    const place = placeOfMount(release, mount.source);
    const problem = await problemOf(release, mount, place, earlier);
    if (problem === undefined) continue;
    const key = `${problem} ${place.path}`;
    const services = new Set([...(found.get(key)?.services ?? []), mount.service]);
    found.set(key, { services: [...services], path: place.path, problem });
  }
  return outermost([...found.values()]);
}

/** Who brings a folder brings what is in it. */
function outermost(problems: readonly MountProblem[]): MountProblem[] {
  const isIn = (inner: MountProblem, outer: MountProblem): boolean =>
    inner !== outer && outer.problem === 'missing folder' && isAtOrBelow(inner.path, outer.path);
  return problems
    .filter((one) => !problems.some((other) => isIn(one, other)))
    .map((one) => {
      const inner = problems
        .filter((other) => isIn(other, one))
        .flatMap(({ services }) => services);
      return { ...one, services: [...new Set([...one.services, ...inner])] };
    });
}

async function problemOf(
  { instance, manifest }: Placed,
  mount: Mount,
  { kind, path }: MountPlace,
  earlier: readonly string[],
): Promise<MountProblem['problem'] | undefined> {
  if (kind === 'forbidden') return 'forbidden';
  // It comes with the release, which may not be staged yet.
  if (kind === 'packed') return undefined;
  const was = contentsBefore(manifest, mount);
  if (was === 'image') return undefined;
  const there = await kindOf(path);
  if (there === 'folder' && was === 'file') return 'taken';
  if (there !== undefined) return undefined;
  if (kind === 'kept' && (await placeIn(earlier, instance, path)) !== undefined) return undefined;
  if (mount.volume !== undefined && was === 'folder') return 'missing folder';
  if (!mount.created && !(kind === 'kept' && was === 'empty')) return 'missing';
  if (was === 'file') return 'missing file';
  if (was === 'folder') return 'missing folder';
  if (isSocket(path)) return 'missing file';
  // An older bundle does not say; where it lists nothing, everything was packed.
  return was === undefined && !isFromBefore(manifest) ? 'missing' : undefined;
}

/** A socket is never what the engine puts in its place: an empty folder. */
function isSocket(path: string): boolean {
  return /\.sock(?:et)?$/.test(path);
}

function contentsBefore({ leftOut }: BundleManifest, { service, target }: Mount): LeftOut['was'] {
  return leftOut.find(
    (one) => one.service === service && withoutSlash(one.target ?? '') === withoutSlash(target),
  )?.was;
}

/** Tells whether the engine may make an empty folder for a mount where nothing is there. */
export function isMadeByStart({ manifest }: Placed, mount: Mount): boolean {
  return mount.created || contentsBefore(manifest, mount) === 'empty';
}

function isFromBefore({ leftOut }: BundleManifest): boolean {
  return leftOut.length > 0 && leftOut.every(({ target }) => target === undefined);
}

/** `hidden`: only root can tell, as whom the engine opens it. */
async function kindOf(path: string): Promise<'file' | 'folder' | 'hidden' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (isAbsence(error)) return undefined;
    if (isDenial(error)) return 'hidden';
    throw ioError(error, 'looking for', path, 'input-unreadable');
  }
}

/** Finds where an earlier release has in its own folder what is to be kept for all of them. */
async function placeIn(
  earlier: readonly string[],
  instance: Instance,
  kept: string,
): Promise<string | undefined> {
  for (const folder of earlier) {
    const place = join(folder, relative(placesOf(instance).mounts, kept));
    try {
      if (!(await lstat(place)).isSymbolicLink()) return place;
    } catch (error) {
      if (!isAbsence(error)) throw ioError(error, 'looking for', place, 'input-unreadable');
    }
  }
  return undefined;
}

/** Lists the folders of the releases that ran last here, by this command or started by hand. */
export async function earlierFolders(instance: Instance): Promise<string[]> {
  const journal = await readJournal(instance);
  const names = [journal?.running?.release, await currentOf(instance)];
  return [...new Set(names)].flatMap((name) =>
    name === undefined ? [] : [releaseFolder(instance, name)],
  );
}

/**
 * Moves what a release has in its own folder to where the host keeps it for all of them, with a link in its place. Containers
 * that have it open go on with it. Releases that were started by hand or by an older command left it there.
 */
export async function keepMounts(
  release: Placed,
  mounts: readonly Mount[],
  earlier: readonly string[],
): Promise<void> {
  const { instance } = release;
  for (const mount of mounts) {
    const place = placeOfMount(release, mount.source);
    if (mount.kind !== 'bind' || place.kind !== 'kept' || (await kindOf(place.path)) !== undefined)
      continue;
    const from = await placeIn(earlier, instance, place.path);
    try {
      if (from === undefined) {
        // The engine makes the folder of a mount, but not that of a volume.
        if (mount.volume !== undefined) await makeFolder(place.path);
        continue;
      }
      await makeFolder(dirname(place.path), privateFolder);
      await rename(from, place.path);
      await symlink(relative(dirname(from), place.path), from);
    } catch (error) {
      throw stateError(error, place.path);
    }
  }
}

/** Says in a line what is missing, and where it belongs. */
export function mountProblemText({ services, path, problem }: MountProblem): string {
  const who = `mounted by ${services.join(', ')}`;
  switch (problem) {
    case 'forbidden':
      return `${path}, ${who}, is among the files of the command`;
    case 'taken':
      return `${path}, ${who}, is a folder, and was a file where the bundle was made`;
    case 'missing file':
      return `the file ${path}, ${who}, is not there`;
    case 'missing folder':
      return `the folder ${path}, ${who}, is not there, and had files in it where the bundle was made`;
    case 'missing':
      return `${path}, ${who}, is not there`;
  }
}

/** Says what to do about problems of mounts. */
export function mountProblemsHint(problems: readonly MountProblem[]): string {
  const has = (...kinds: MountProblem['problem'][]): boolean =>
    problems.some(({ problem }) => kinds.includes(problem));
  return [
    ...(has('missing file', 'missing folder', 'missing')
      ? ['Bring what is missing to these places; the engine would put empty folders there.']
      : []),
    ...(has('missing folder') ? ['Where a folder may start empty, make it (mkdir -p).'] : []),
    ...(has('taken') ? ['Remove the folder, and bring the file.'] : []),
    ...(has('forbidden')
      ? ['Name another path in the settings, or export the application again.']
      : []),
  ].join(' ');
}

/** A path that an engine on another machine would look for there. */
export interface ElsewhereMount {
  readonly services: readonly string[];
  readonly path: string;
  /** Whether the command keeps it on this machine, so that it is not there. */
  readonly isOfCommand: boolean;
}

/** Lists what services mount from an engine's machine, without what every host has. */
export function elsewhereMounts(
  release: Placed,
  mounts: readonly Pick<Mount, 'service' | 'source'>[],
): ElsewhereMount[] {
  const found = new Map<string, ElsewhereMount>();
  for (const { service, source } of mounts) {
    const { kind, path } = placeOfMount(release, source);
    const isOfCommand = kind !== 'host';
    if (!isOfCommand && (path === '' || isHostOwn(path) || isEngineSocket(path))) continue;
    const services = new Set([...(found.get(path)?.services ?? []), service]);
    found.set(path, { services: [...services], path, isOfCommand });
  }
  return [...found.values()];
}

/** Says what is on this machine only. */
export function elsewhereText(mounts: readonly ElsewhereMount[]): string {
  const paths = mounts.map(({ path, services }) => `${path} (mounted by ${services.join(', ')})`);
  return `the engine is on another machine and looks there for what is on this one: ${paths.join(', ')}`;
}

export const elsewhereHint =
  'Copy the bundle to that machine, and import it there. If you keep these files there too, under the same paths: --ignore mounts.';
