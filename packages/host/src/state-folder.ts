import { join } from 'node:path';
import { type BundleManifest, type Digest, hexOf } from '@bundle/format';

/**
 * One application on this host: a folder of the state folder, and a Compose project, of the same name. Where everything
 * of it lies  is said here and nowhere else.
 */
export interface Instance {
  /** The product, or the name that a second instance was given. */
  readonly name: string;
  readonly root: string;
  readonly stateDir: string;
}

export function instanceOf(stateDir: string, name: string): Instance {
  return { name, root: join(stateDir, name), stateDir };
}

export interface InstancePlaces {
  /** Folder with one folder for each staged release. */
  readonly releases: string;
  /** Symbolic link to the release that is current. */
  readonly current: string;
  readonly journal: string;
  /** What the application may do on this host. */
  readonly allowed: string;
  readonly lock: string;
  /** Copies of volumes, one folder for each. */
  readonly backups: string;
  /** Copies of files that containers mount, by digest. */
  readonly files: string;
  /** Env files of releases as they were when these were healthy last. */
  readonly settings: string;
}

export function placesOf({ root }: Pick<Instance, 'root'>): InstancePlaces {
  return {
    releases: join(root, 'releases'),
    current: join(root, 'current'),
    journal: join(root, 'journal.json'),
    allowed: join(root, 'allowed.json'),
    lock: join(root, 'lock'),
    backups: join(root, 'backups'),
    files: join(root, 'files'),
    settings: join(root, 'settings'),
  };
}

/** `VERSION-DIGEST12`: the folder of a release, by its version and the first digits of its bundle's digest. */
export function releaseName({ version }: Pick<BundleManifest, 'version'>, digest: Digest): string {
  return `${version}-${hexOf(digest).slice(0, 12)}`;
}

export function releaseFolder(instance: Pick<Instance, 'root'>, release: string): string {
  return join(placesOf(instance).releases, release);
}

/** What the link `current` holds: relative, so that a state folder may be moved. */
export function currentTarget(release: string): string {
  return join('releases', release);
}

/** Folder of one copy of the volumes. */
export function backupFolder(instance: Pick<Instance, 'root'>, id: string): string {
  return join(placesOf(instance).backups, id);
}

/**
 * Mode of the folders that are made for the state: settings and copies of volumes are nobody else's. A release's own folder
 * and those in it are as the bundle has them: containers mount them as other users.
 */
export const privateFolder = 0o700;

/** Name of a folder while it is written; it is renamed once it is whole. */
export function partialFolder(folder: string): string {
  return `${folder}.partial`;
}

/** Name of a folder while it is removed; it is renamed before the first file goes. */
export function removedFolder(folder: string): string {
  return `${folder}.removed`;
}

/** Whether a name in the state folder is of something whole, not of what a run that died left half written or half removed. */
export function isWhole(name: string): boolean {
  return !/\.(partial|removed)$/.test(name);
}
