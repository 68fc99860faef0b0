import { join } from 'node:path';
import { type BundleManifest, type Digest, shortHexOf } from '@bundle/format';

/**
 * One application on this host: a folder of the state folder and a Compose project, both with the same name. Only
 * this file defines where its files are.
 */
export interface Instance {
  /** The product, or the name given to a second instance. */
  readonly name: string;
  readonly root: string;
  readonly stateDir: string;
}

export function instanceOf(stateDir: string, name: string): Instance {
  return { name, root: join(stateDir, name), stateDir };
}

export interface InstancePlaces {
  /** Folder that contains one folder for each staged release. */
  readonly releases: string;
  /** Symbolic link to the release that is current. */
  readonly current: string;
  readonly journal: string;
  /** Permissions of the application on this host. */
  readonly allowed: string;
  /** Where the nodes of a swarm find images; only for an instance that runs as a stack. */
  readonly stack: string;
  readonly lock: string;
  /** Copies of volumes, one folder for each. */
  readonly backups: string;
  /** What services mount and no bundle carries; it stays when releases change. */
  readonly mounts: string;
  /** Copies of files that containers mount, by digest. */
  readonly files: string;
  /** Env files of releases, saved when they were last healthy. */
  readonly settings: string;
  /** Name beside which an import puts temporary files: old layers, and those that it makes from deltas. */
  readonly layers: string;
}

export function placesOf({ root }: Pick<Instance, 'root'>): InstancePlaces {
  return {
    releases: join(root, 'releases'),
    current: join(root, 'current'),
    journal: join(root, 'journal.json'),
    allowed: join(root, 'allowed.json'),
    stack: join(root, 'stack.json'),
    lock: join(root, 'lock'),
    backups: join(root, 'backups'),
    mounts: join(root, 'mounts'),
    files: join(root, 'files'),
    settings: join(root, 'settings'),
    layers: join(root, 'layers'),
  };
}

export interface TrustPlaces {
  /** Cannot be the name of an instance, which begins with a letter or a digit. */
  readonly folder: string;
  /** Trusted keys, as ssh-keygen(1) describes them under ALLOWED SIGNERS. */
  readonly allowedSigners: string;
  /** Public keys that are no longer trusted, one per line. */
  readonly revoked: string;
  readonly policy: string;
  /** Latest time seen. */
  readonly clock: string;
  readonly lock: string;
}

/** Returns the files that say whose bundles this host accepts. */
export function trustPlacesOf(stateDir: string): TrustPlaces {
  const folder = join(stateDir, '_trust');
  return {
    folder,
    allowedSigners: join(folder, 'allowed_signers'),
    revoked: join(folder, 'revoked'),
    policy: join(folder, 'policy.json'),
    clock: join(folder, 'clock.json'),
    lock: join(folder, 'lock'),
  };
}

/** Returns where this host keeps which bundles of a product it has seen. It stays when the product is uninstalled. */
export function seenPlace(stateDir: string, product: string): string {
  return join(trustPlacesOf(stateDir).folder, 'seen', `${product}.json`);
}

export interface HistoryPlaces {
  readonly folder: string;
  /** One entry a line, each with the digest of the previous one. */
  readonly log: string;
  readonly lock: string;
}

/** Returns where this host keeps what was done on it. It stays when an application is uninstalled. */
export function historyPlacesOf(stateDir: string): HistoryPlaces {
  const folder = join(stateDir, '_history');
  return { folder, log: join(folder, 'log.jsonl'), lock: join(folder, 'lock') };
}

export interface DeploymentPlaces {
  readonly folder: string;
  /** What was changed on which host. */
  readonly journal: string;
  readonly lock: string;
}

/** Returns where this machine keeps the journal of deployments to one file of hosts; `key` is a digest of both names. */
export function deploymentPlacesOf(stateDir: string, key: string): DeploymentPlaces {
  const folder = join(stateDir, '_deployments');
  return { folder, journal: join(folder, `${key}.json`), lock: join(folder, `${key}.lock`) };
}

export interface KitPlaces {
  readonly folder: string;
  /** Link to the folder of the installed kit. */
  readonly current: string;
  readonly lock: string;
}

/** Returns where this host keeps the programs of a kit. They stay when an application is uninstalled. */
export function kitPlacesOf(stateDir: string): KitPlaces {
  const folder = join(stateDir, '_kit');
  return { folder, current: join(folder, 'current'), lock: join(folder, 'lock') };
}

/** Returns the name of a release's folder, `VERSION-DIGEST12`: its version and the first digits of its bundle's digest. */
export function releaseName({ version }: Pick<BundleManifest, 'version'>, digest: Digest): string {
  return `${version}-${shortHexOf(digest)}`;
}

export function releaseFolder(instance: Pick<Instance, 'root'>, release: string): string {
  return join(placesOf(instance).releases, release);
}

/** Returns the state folder in which a folder is that of a release of an instance of this name; undefined where it is not. */
export function stateDirOf(folder: string, instance: string): string | undefined {
  const [stateDir, rest] = folder.split(`/${instance}/releases/`);
  return rest === undefined || rest.includes('/') ? undefined : stateDir;
}

/** Returns the target of the link `current`: relative, so that a state folder can be moved. */
export function currentTarget(release: string): string {
  return join('releases', release);
}

/** Returns the target of the link to what the host keeps for all releases: relative, for the same reason. */
export const keptMountsTarget = join('..', '..', 'mounts');

/** Tells whether a folder's name is that of a release: others in the same place are none of the command's. */
export function isReleaseName(name: string): boolean {
  return /.-[0-9a-f]{12}$/.test(name);
}

/** Returns the folder of one copy of the volumes. */
export function backupFolder(instance: Pick<Instance, 'root'>, id: string): string {
  return join(placesOf(instance).backups, id);
}

/**
 * Mode of folders in the state folder: settings and volume copies are private. Folders inside a release have the
 * modes of the bundle, since containers mount them as other users.
 */
export const privateFolder = 0o700;

/** Returns the temporary name of a folder being written; it is renamed when complete. */
export function partialFolder(folder: string): string {
  return `${folder}.partial`;
}

/** Returns the temporary name of a folder being removed; it is renamed before its first file is removed. */
export function removedFolder(folder: string): string {
  return `${folder}.removed`;
}

/**
 * Tells whether a name in the state folder belongs to a complete folder, not to one that a killed run left half
 * written or half removed.
 */
export function isWhole(name: string): boolean {
  return !/\.(partial|removed)$/.test(name);
}
