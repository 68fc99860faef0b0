import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Engine } from '@bundle/engine';
import { ioError, namesIn, syncFolder } from '@bundle/files';
import { BundleError, systemErrorCode } from '@bundle/format';
import {
  backupFolder,
  chooseInstance,
  derivedFrom,
  type Instance,
  type InstanceState,
  isSameImage,
  listFolders,
  listInstances,
  pinnedName,
  placesOf,
  projectOnly,
  readInstance,
  recorded,
  releaseFact,
  removedFolder,
  runImages,
  type StagedRelease,
  withLock,
} from '@bundle/host';
import { installedUnits, removeUnits } from './service/service.ts';
import { forgetSettings } from './settings/healthy.ts';
import { unrecorded } from './up/record-steps.ts';
import type { Tools } from './up/types.ts';

export interface RemoveOptions {
  readonly stateDir: string;
  readonly name?: string;
  readonly dryRun: boolean;
  /** Called with the plan before anything is removed; false stops. */
  readonly confirm: (plan: RemovePlan) => Promise<boolean>;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface RemovePlan {
  readonly name: string;
  readonly releases: readonly string[];
  /** Names of images to remove; an image without another name is deleted. */
  readonly images: readonly string[];
  readonly containers: readonly string[];
  readonly volumes: readonly string[];
  /** Names of mounts in the state folder. */
  readonly mounts: readonly string[];
  /** Folder names of volume copies. */
  readonly backups: readonly string[];
  /** Paths of systemd units that start the instance. */
  readonly units: readonly string[];
}

export interface RemoveReport extends RemovePlan {
  readonly outcome: 'removed' | 'nothing to do' | 'previewed' | 'declined';
  /** Images that the engine refused to remove, with its reason. */
  readonly kept: readonly { image: string; why: string }[];
}

/**
 * Returns the releases that a prune removes: the oldest, except those that run, are current, or are being started or
 * stopped.
 */
export function planPrune(
  { releases, current, journal }: Pick<InstanceState, 'releases' | 'current' | 'journal'>,
  keep: number,
): StagedRelease[] {
  const used = new Set(
    [current, journal?.running?.release, journal?.pending?.from, journal?.pending?.to].filter(
      Boolean,
    ),
  );
  const lastRun = new Map(journal?.history.map(({ release, since }) => [release, since]));
  const newest = releases.toSorted((a, b) =>
    (lastRun.get(a.name) ?? a.staged) < (lastRun.get(b.name) ?? b.staged) ? 1 : -1,
  );
  return newest.slice(keep).filter(({ name }) => !used.has(name));
}

/** Removes old releases, with images that no other release on this host uses. */
export async function prune(
  tools: Tools,
  options: RemoveOptions & { readonly keep: number },
): Promise<RemoveReport> {
  const found = await chooseInstance(options.stateDir, options.name);
  return withLock(found, options.signal, async () => {
    const state = await chooseInstance(options.stateDir, found.name);
    const gone = planPrune(state, options.keep);
    const backups = (await listFolders(placesOf(state).backups)).filter((id) =>
      gone.some(({ name }) => id.endsWith(name)),
    );
    const images = await imagesOnlyOf(tools.engine, options.stateDir, state.name, gone);
    const plan = planOf(state, gone, {
      images,
      containers: [],
      volumes: [],
      mounts: [],
      backups,
      units: [],
    });
    if (gone.length === 0) return { outcome: 'nothing to do', ...plan, kept: [] };
    if (options.dryRun) return { outcome: 'previewed', ...plan, kept: [] };
    if (!(await options.confirm(plan))) return { outcome: 'declined', ...plan, kept: [] };
    return record('prune', state, options, async () => {
      const kept = await removeImages(tools.engine, images);
      for (const release of gone) {
        await removeFolder(release.folder);
        await forgetSettings(release);
      }
      for (const id of backups) await removeFolder(backupFolder(state, id));
      return { outcome: 'removed', ...plan, kept };
    });
  });
}

/** Removes containers, networks, images and files of an instance; volumes and their copies only on request. */
export async function uninstall(
  tools: Tools,
  options: RemoveOptions & {
    readonly volumes: boolean;
    /** Environment that determines the folder of a user's units. */
    readonly env: NodeJS.ProcessEnv;
  },
): Promise<RemoveReport> {
  const found = await chooseInstance(options.stateDir, options.name);
  const report = await withLock(found, options.signal, async (signal): Promise<RemoveReport> => {
    const state = await chooseInstance(options.stateDir, found.name);
    const { name, releases } = state;
    const containers = (await tools.runtime.containers(name)).map((one) => one.name);
    const volumes = options.volumes
      ? (await tools.runtime.volumes(name)).map((one) => one.name)
      : [];
    const backups = await listFolders(placesOf(state).backups);
    const images = [
      ...(await imagesOnlyOf(tools.engine, options.stateDir, name, releases)),
      ...(await localImagesOf(tools.engine, options.stateDir, state)),
    ];
    const units = await installedUnits(state, options.env);
    const plan = planOf(state, releases, {
      units: units.map(({ path }) => path),
      images,
      containers,
      volumes,
      mounts: options.volumes ? await namesIn(placesOf(state).mounts) : [],
      backups: options.volumes ? backups : [],
    });
    if (options.dryRun) return { outcome: 'previewed', ...plan, kept: [] };
    if (!(await options.confirm(plan))) return { outcome: 'declined', ...plan, kept: [] };
    return record('uninstall', state, options, async () => {
      // First, so that nothing starts the application again in the meantime.
      await removeUnits(units);
      const request = projectOnly(name);
      await tools.compose.down(request, { volumes: options.volumes }, options.onLine, signal);
      const kept = await removeImages(tools.engine, images);
      await emptyInstance(state, options.volumes);
      return { outcome: 'removed', ...plan, kept };
    });
  });
  if (report.outcome === 'removed') await removeIfEmpty(found.root);
  return report;
}

/** Runs a removal between two entries in the log of this host. A log that cannot be written stops nothing. */
function record(
  action: 'prune' | 'uninstall',
  { stateDir, product, name, releases, current, journal }: InstanceState,
  { onLine }: RemoveOptions,
  work: () => Promise<RemoveReport>,
): Promise<RemoveReport> {
  const wanted = journal?.running?.release ?? current;
  const release = releases.find((one) => one.name === wanted);
  const fact =
    release === undefined
      ? { action, instance: name, product }
      : releaseFact(action, { name }, release.manifest, release.digest);
  const onUnrecorded = ({ message }: BundleError): void => onLine(unrecorded(message));
  return recorded(stateDir, fact, { onUnrecorded }, work);
}

/**
 * Removes the contents of an instance. The releases are removed first and in one step, so that a run that dies leaves
 * no half-removed instance.
 */
async function emptyInstance(instance: Instance, all: boolean): Promise<void> {
  const { current, journal, allowed, releases, files, settings, backups, mounts, lock } =
    placesOf(instance);
  for (const file of [current, journal, allowed]) await rm(file, { force: true });
  await removeFolder(releases);
  for (const folder of [files, settings]) await rm(folder, { recursive: true, force: true });
  const hasData = (await listFolders(backups)).length > 0 || (await namesIn(mounts)).length > 0;
  if (!all && hasData) return;
  try {
    for (const name of await readdir(instance.root)) {
      const path = join(instance.root, name);
      if (path !== lock) await rm(path, { recursive: true, force: true });
    }
  } catch (error) {
    throw ioError(error, 'removing', instance.root, 'state-unwritable');
  }
}

/** Removes the folder of the instance after its lock is gone, unless volume copies or another run still need it. */
async function removeIfEmpty(root: string): Promise<void> {
  try {
    await rmdir(root);
  } catch (error) {
    if (['ENOTEMPTY', 'ENOENT'].includes(systemErrorCode(error) ?? '')) return;
    throw ioError(error, 'removing', root, 'state-unwritable');
  }
}

async function removeFolder(path: string): Promise<void> {
  const aside = removedFolder(path);
  try {
    await rm(aside, { recursive: true, force: true });
    await rename(path, aside);
    await syncFolder(dirname(path));
    await rm(aside, { recursive: true, force: true });
  } catch (error) {
    throw ioError(error, 'removing', path, 'state-unwritable');
  }
}

function planOf(
  { name }: InstanceState,
  releases: readonly StagedRelease[],
  rest: Omit<RemovePlan, 'name' | 'releases'>,
): RemovePlan {
  return { name, releases: releases.map((one) => one.name), ...rest };
}

/** Returns the names on the engine of images of these releases that no other release on this host uses. */
async function imagesOnlyOf(
  engine: Engine,
  stateDir: string,
  instance: string,
  gone: readonly StagedRelease[],
): Promise<string[]> {
  const others: StagedRelease[] = [];
  for (const one of await listInstances(stateDir)) {
    const { name, releases } = await readInstance(one);
    others.push(...releases.filter((release) => name !== instance || !isIn(gone, release)));
  }
  const needed = new Set(
    others.flatMap(({ manifest }) => manifest.images.map(({ imageId }) => imageId)),
  );
  const names = new Set<string>();
  for (const { manifest } of gone) {
    const running = new Set(runImages(manifest));
    for (const image of manifest.images) {
      if (needed.has(image.imageId)) continue;
      const candidates = [image.reference, ...(running.has(image) ? [pinnedName(image)] : [])];
      for (const name of candidates) {
        // The name may belong to another image by now.
        if (isSameImage(image, await engine.inspectImage(name))) names.add(name);
      }
    }
  }
  return [...names].sort();
}

/**
 * Returns the names of images that were rebuilt, replaced by a rebuild, or put in by hand, except those of images that
 * another application also has.
 */
async function localImagesOf(
  engine: Engine,
  stateDir: string,
  { name, releases }: InstanceState,
): Promise<string[]> {
  const others = (await listInstances(stateDir)).filter((one) => one.name !== name);
  const shared = (await Promise.all(others.map(readInstance))).flatMap((one) => one.releases);
  const own = referencesOf(releases);
  const foreign = referencesOf(shared);
  const names = (await engine.listImages()).flatMap(({ references }) => references);
  return names.filter((one) => {
    const reference = derivedFrom(one) ?? '';
    return own.has(reference) && !foreign.has(reference);
  });
}

function referencesOf(releases: readonly StagedRelease[]): Set<string> {
  return new Set(releases.flatMap(({ manifest }) => manifest.images.map((one) => one.reference)));
}

function isIn(releases: readonly StagedRelease[], { name }: StagedRelease): boolean {
  return releases.some((one) => one.name === name);
}

/** Removes images. An image that is still in use stays, and is reported. */
async function removeImages(
  engine: Engine,
  names: readonly string[],
): Promise<{ image: string; why: string }[]> {
  const kept: { image: string; why: string }[] = [];
  for (const image of names) {
    try {
      await engine.untagImage(image);
    } catch (error) {
      if (!(error instanceof BundleError) || error.code !== 'engine-failed') throw error;
      kept.push({ image, why: error.details.found ?? error.message });
    }
  }
  return kept;
}
