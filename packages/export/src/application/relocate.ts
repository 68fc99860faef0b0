import { isAbsolute, resolve } from 'node:path';
import {
  type EnvFileUse,
  isAtOrBelow,
  type Lookup,
  type Mount,
  splitShortVolume,
  tryInterpolate,
} from '@bundle/compose';
import { defined, keptMounts } from '@bundle/format';
import { bundlePathOf, isOfProject, type ProjectPlaces } from './places.ts';

/** Name of the whole project folder among the mounts that a host keeps for all releases. */
const wholeProject = '_project';

/** Returns the path below `.mounts` of a release for a source that is not packed. */
export function keptPlace(places: ProjectPlaces, source: string): string {
  return bundlePathOf(places, source) || wholeProject;
}

/**
 * Returns the source of a mount in a release, including variables; undefined if the written one is already right, or is
 * a path that the host chooses. A path upwards would lead to other releases, and this machine's path of the project to
 * nothing.
 */
export function sourceInRelease(
  mount: Mount,
  written: string,
  isPacked: boolean,
  places: ProjectPlaces,
  lookup: Lookup,
): string | undefined {
  const { projectDir } = places;
  const kept = (path: string): string => `./${keptMounts}/${keptPlace(places, path)}`;
  const inRelease = (path: string): string =>
    isPacked ? `./${bundlePathOf(places, path)}` : kept(path);
  const isInFolder = isAtOrBelow(mount.source, projectDir);
  const value = tryInterpolate(written, lookup) ?? written;
  const isFromRoot = isAbsolute(value) || value.startsWith('~');
  const isOwn = isInFolder || (written.startsWith('$') && isOfProject(places, mount.source));
  if (isFromRoot && isOwn) return inRelease(mount.source);
  if (!written.includes('$')) {
    return isFromRoot || (isPacked && isInFolder) ? undefined : inRelease(mount.source);
  }
  const preset = presetOf(written);
  if (preset === undefined) return isPacked && !isInFolder ? inRelease(mount.source) : undefined;
  const folder = resolve(projectDir, preset.folder);
  const path = resolve(projectDir, `${preset.folder}${preset.rest}`);
  if (path !== mount.source) {
    // The variable has a different value on this machine.
    return isAtOrBelow(path, projectDir) ? undefined : preset.withFolder(kept(folder));
  }
  return isPacked && isInFolder ? undefined : preset.withFolder(inRelease(folder));
}

/** Parses `${NAME:-./folder}/rest`: a variable with a folder of the project as its default. */
function presetOf(written: string) {
  const match = /^(\$\{[A-Za-z_]\w*:?-)(\.\.?(?:\/[^${}]*)?)\}([^$]*)$/s.exec(written);
  if (match === null) return undefined;
  const [, start = '', folder = '', rest = ''] = match;
  return { folder, rest, withFolder: (other: string): string => `${start}${other}}${rest}` };
}

/**
 * Lists all `env_file:` entries, with their places in a release, of each service that reads one from above the folder
 * of the Compose file.
 */
export function relocatedEnvFiles(
  uses: readonly EnvFileUse[],
  fileOf: (use: EnvFileUse) => string,
  places: Pick<ProjectPlaces, 'projectDir' | 'root'>,
): Map<string, object[]> {
  const { projectDir } = places;
  const isAbove = (use: EnvFileUse): boolean =>
    /^\.\.?\//.test(use.path) && !isAtOrBelow(fileOf(use), projectDir);
  const above = new Set(uses.filter(isAbove).map(({ service }) => service));
  const found = new Map<string, object[]>();
  for (const use of uses) {
    const { service, path, required, format } = use;
    if (!above.has(service)) continue;
    const place = bundlePathOf(places, fileOf(use));
    const other = isOfProject(places, fileOf(use)) ? `./${place}` : `./${keptMounts}/${place}`;
    const entry = { path: isAbove(use) ? other : path, required, ...defined({ format }) };
    found.set(service, [...(found.get(service) ?? []), entry]);
  }
  return found;
}

/** Returns an entry of `volumes:` as written, with another source. */
export function entryWithSource(entry: unknown, source: string): unknown {
  if (typeof entry === 'object' && entry !== null) return { ...entry, source };
  const { target, mode } = splitShortVolume(String(entry));
  return [source, target, ...(mode === undefined ? [] : [mode])].join(':');
}
