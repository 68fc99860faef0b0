import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Engine } from '@bundle/engine';
import { ioError, namesIn, syncFolder } from '@bundle/files';
import { BundleError, systemErrorCode } from '@bundle/format';
import {
  backupFolder,
  chooseInstance,
  forgetImages,
  type Instance,
  type InstanceState,
  keepingSeen,
  listFolders,
  markingRemoval,
  placesOf,
  projectOnly,
  recorded,
  releaseFact,
  removedFolder,
  type StagedRelease,
  withLock,
} from '@bundle/host';
import { type KeptName, planImages } from './removed-images.ts';
import { installedUnits, removeUnits } from './service/service.ts';
import { forgetSettings } from './settings/healthy.ts';
import { foreignContainers } from './up/take-over.ts';
import type { Tools } from './up/types.ts';

export interface RemoveOptions {
  readonly stateDir: string;
  readonly name?: string;
  readonly dryRun: boolean;
  /** Called with the plan before anything is removed; false stops. */
  readonly confirm: (plan: RemovePlan) => Promise<boolean>;
  readonly onLine: (line: string) => void;
  /** Told of what could not be written to the log of this host. */
  readonly onUnrecorded: (error: BundleError) => void;
  readonly signal: AbortSignal;
}

export interface RemovePlan {
  readonly name: string;
  readonly releases: readonly string[];
  /** Names of images to remove; an image without another name is deleted. */
  readonly images: readonly string[];
  /** Names of images that stay, and why. */
  readonly kept: readonly KeptName[];
  readonly containers: readonly string[];
  readonly volumes: readonly string[];
  /** Names of mounts in the state folder. */
  readonly mounts: readonly string[];
  /** Volumes that stay, with their data. */
  readonly keptVolumes: readonly string[];
  /** Copies of volumes, by their folder's name. */
  readonly backups: readonly string[];
  /** Paths of systemd units that start the instance. */
  readonly units: readonly string[];
}

export interface RemoveReport extends RemovePlan {
  readonly outcome: 'removed' | 'nothing to do' | 'previewed' | 'declined';
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
    const names = await planImages(tools.engine, state, gone);
    const none = { containers: [], volumes: [], keptVolumes: [], mounts: [], units: [] };
    const plan = planOf(state, gone, { ...names, ...none, backups });
    if (gone.length === 0) return { outcome: 'nothing to do', ...plan };
    if (options.dryRun) return { outcome: 'previewed', ...plan };
    if (!(await options.confirm(plan))) return { outcome: 'declined', ...plan };
    return record('prune', state, options, async () => {
      const left = await removeStill(tools.engine, plan, () =>
        planImages(tools.engine, state, gone),
      );
      const forgotten = gone.map(({ name }) => name);
      await forgetImages(tools.engine, state, forgotten);
      for (const release of gone) {
        await removeFolder(release.folder);
        await forgetSettings(release);
      }
      for (const id of backups) await removeFolder(backupFolder(state, id));
      return { outcome: 'removed', ...plan, ...left };
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
    const all = await tools.runtime.containers(name);
    // Then the whole project, with its networks and volumes, is another state folder's or was started by hand.
    const isForeign = (await foreignContainers(state, all)).length > 0;
    const containers = isForeign ? [] : all.map((one) => one.name);
    const volumes = isForeign ? [] : (await tools.runtime.volumes(name)).map((one) => one.name);
    const backups = await listFolders(placesOf(state).backups);
    const names = await planImages(tools.engine, state, releases);
    const units = await installedUnits(state, options.env);
    const plan = planOf(state, releases, {
      units: units.map(({ path }) => path),
      ...names,
      containers,
      volumes: options.volumes ? volumes : [],
      keptVolumes: options.volumes ? [] : volumes,
      mounts: options.volumes ? await namesIn(placesOf(state).mounts) : [],
      backups: options.volumes ? backups : [],
    });
    if (options.dryRun) return { outcome: 'previewed', ...plan };
    if (!(await options.confirm(plan))) return { outcome: 'declined', ...plan };
    return record('uninstall', state, options, async () => {
      // First, so that nothing starts the application again in the meantime.
      await removeUnits(units);
      const request = projectOnly(name);
      if (!isForeign) {
        await tools.runtime.removeHelpers(name);
        await tools.compose.down(request, { volumes: options.volumes }, options.onLine, signal);
      }
      const left = await removeStill(tools.engine, plan, () =>
        planImages(tools.engine, state, releases),
      );
      await forgetImages(tools.engine, state);
      await emptyInstance(state, options.volumes);
      return { outcome: 'removed', ...plan, ...left };
    });
  });
  if (report.outcome === 'removed') await removeIfEmpty(found.root);
  return report;
}

/** Runs a removal between two entries in the log of this host. A log that cannot be written stops nothing. */
function record(
  action: 'prune' | 'uninstall',
  { stateDir, product, name, releases, current, journal }: InstanceState,
  { onUnrecorded }: RemoveOptions,
  work: () => Promise<RemoveReport>,
): Promise<RemoveReport> {
  const wanted = journal?.running?.release ?? current;
  const release = releases.find((one) => one.name === wanted);
  const fact =
    release === undefined
      ? { action, instance: name, product }
      : releaseFact(action, { name }, release.manifest, release.digest);
  return recorded(stateDir, fact, { onUnrecorded }, () => keepingSeen(stateDir, product, work));
}

/**
 * Removes the contents of an instance. The releases are removed first and in one step, so that a run that dies leaves
 * no half-removed instance.
 */
async function emptyInstance(instance: Instance, all: boolean): Promise<void> {
  const { current, journal, allowed, stack, releases, files, settings, backups, mounts, lock } =
    placesOf(instance);
  for (const file of [current, journal, allowed, stack]) await rm(file, { force: true });
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

/**
 * Removes the names of a plan that still may go: while somebody thought about the plan, another state folder may have
 * imported something that needs them. `replan`: plans again.
 */
export async function removeStill(
  engine: Engine,
  plan: Pick<RemovePlan, 'images'>,
  replan: () => Promise<Pick<RemovePlan, 'images' | 'kept'>>,
): Promise<Pick<RemovePlan, 'images' | 'kept'>> {
  return markingRemoval(engine, plan.images, async () => {
    const now = await replan();
    const planned = new Set(plan.images);
    return removeImages(engine, { ...now, images: now.images.filter((name) => planned.has(name)) });
  });
}

/** Removes names of images. One that something else has begun to use meanwhile stays, and is reported. */
async function removeImages(
  engine: Engine,
  { images, kept }: Pick<RemovePlan, 'images' | 'kept'>,
): Promise<Pick<RemovePlan, 'images' | 'kept'>> {
  const refused: KeptName[] = [];
  for (const image of images) {
    try {
      await engine.untagImage(image);
    } catch (error) {
      if (!(error instanceof BundleError) || error.code !== 'engine-failed') throw error;
      refused.push({ image, why: error.details.found ?? error.message });
    }
  }
  const left = new Set(refused.map(({ image }) => image));
  return { images: images.filter((one) => !left.has(one)), kept: [...kept, ...refused] };
}
