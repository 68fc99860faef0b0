import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  carriedMounts,
  composeNeeds,
  hostPath,
  isAtLeast,
  type Lookup,
  leastCompose,
  type NeededFile,
  placedFiles,
  seccompProfile,
} from '@bundle/compose';
import type { ComposeTool, Engine, TakenNames } from '@bundle/engine';
import { ioError } from '@bundle/files';
import { type BundleImage, defined, paths, reasonOf, systemErrorCode } from '@bundle/format';
import {
  carriedFiles,
  earlierFolders,
  elsewhereMounts,
  isForeignFolder,
  isStaged,
  listeningOn,
  mountProblems,
  programsThere,
  type Release,
  readInstance,
} from '@bundle/host';
import { keyOf, planIncoming } from '@bundle/host/settings';
import { neededDeltas, scratchBytes } from '../deltas/plan.ts';
import { planLoads } from '../load-plan.ts';
import { omittedLayers } from '../omitted.ts';
import type { EarlierRelease } from './application.ts';
import type { PreflightFacts, Space } from './checks.ts';
import { hostFeatures } from './host-features.ts';
import { unlabelledMounts } from './labels.ts';
import { missingFiles } from './needed-files.ts';
import { hostRoutes } from './routes.ts';
import { engineBytes, engineFiles, stateBytes, stateFiles } from './space.ts';

export interface FactsOptions {
  readonly composeTool: Pick<ComposeTool, 'version'>;
  /** Settings by name that override the existing ones. */
  readonly given: Readonly<Record<string, string>>;
  /** Environment variables passed to Compose. */
  readonly lookup: Lookup;
  /** Whether a start can ask the user for settings. */
  readonly canAsk: boolean;
  /** Name of the instance and its Compose project; default: the product. */
  readonly name?: string | undefined;
}

/** Collects everything about the host that the checks need. `missing`: images that the engine lacks. Changes nothing. */
export async function gatherFacts(
  engine: Engine,
  release: Release,
  missing: readonly BundleImage[],
  { composeTool, given, lookup, canAsk, name = release.manifest.product }: FactsOptions,
): Promise<Omit<PreflightFacts, 'order' | 'seemsOlderThan'>> {
  const { instance, manifest } = release;
  const info = await engine.info();
  const [compose, inventory, images] = await Promise.all([
    info.runsContainers ? composeTool.version() : undefined,
    engine.takenNames(),
    engine.listImages(),
  ]);
  const bytes = engineBytes(missing, images, info, omittedLayers(manifest));
  const room = { bytes, files: engineFiles(bytes) };
  const { dataFolder } = info;
  const engineSpace =
    dataFolder === undefined
      ? undefined
      : // The first load creates the folder of a layout.
        !info.runsContainers
        ? await spaceIn(dataFolder, room, true)
        : await spaceIn(dataFolder, room, false);
  const there = await programsThere(instance.stateDir, manifest);
  const hasCompose = compose !== undefined && isAtLeast(compose, leastCompose);
  const unpacksCompose = info.runsContainers && !hasCompose;
  const staging = (await isStaged(release))
    ? { bytes: 0, files: 0 }
    : { bytes: stateBytes(manifest, there, unpacksCompose), files: stateFiles(manifest) };
  const deltas = neededDeltas(
    manifest,
    planLoads(missing, images, info, omittedLayers(manifest)),
    images,
  );
  const stateNeed = { ...staging, bytes: staging.bytes + scratchBytes(deltas) };
  const stateSpace = await spaceIn(instance.root, stateNeed, true);
  const { values, problems } = await planIncoming(release, given, lookup);
  const files = await carriedFiles(release);
  const text = files.find(({ path }) => path === paths.compose)?.text ?? '';
  const needs = composeNeeds(text, name, (one) => values[one]);
  const placed = placedFiles(needs.files, files, (one) => values[one]);
  const carried = carriedMounts(files, release.folder, (one) => values[one]);
  const isElsewhere = dataFolder === undefined;
  const mounts = isElsewhere
    ? {
        elsewhere: elsewhereMounts(release, [...carried, ...filesAsMounts(placed, release.folder)]),
      }
    : info.runsContainers
      ? {
          problems: await mountProblems(release, carried, await earlierFolders(instance)),
          refused: info.usesSelinux === true ? unlabelledMounts(release, carried) : [],
        }
      : { problems: [] };
  const routes = isElsewhere || needs.subnets.length === 0 ? undefined : await hostRoutes();
  const ports = new Set(needs.ports.map(({ port }) => port));
  const { earlier, runningFolder } = await othersHere(release);
  const listening = isElsewhere ? undefined : await listeningOn(ports);
  return {
    manifest,
    project: name,
    engine: info,
    ...(compose === undefined ? {} : { compose }),
    ...(engineSpace === undefined ? {} : { engineSpace }),
    stateSpace,
    needs,
    ...(earlier === undefined ? {} : { earlier }),
    inventory,
    ...(listening === undefined ? {} : { listening }),
    ...(engineSpace === undefined
      ? {}
      : { host: await hostFeatures(needs.features, needs.ports.length > 0) }),
    missingFiles: isElsewhere ? [] : await missingFiles(placed, release, runningFolder),
    settings: {
      missing: problems.missing.map(keyOf),
      invalid: problems.invalid.map(({ setting }) => keyOf(setting)),
    },
    canAsk,
    mounts,
    ...defined({ routes }),
    ...defined({ foreign: await foreignFolder(instance, name, inventory) }),
  };
}

/** Files of secrets and configs are mounted; Compose itself reads those of seccomp profiles. */
function filesAsMounts(
  files: readonly NeededFile[],
  folder: string,
): { service: string; source: string }[] {
  return files
    .filter(({ what }) => what !== seccompProfile)
    .map(({ service, path }) => ({ service, source: hostPath(path, folder) }));
}

/** Finds the folder from which the containers of a project were started, if it is not of the instance. */
async function foreignFolder(
  instance: Release['instance'],
  project: string,
  { containers }: TakenNames,
): Promise<string | undefined> {
  for (const { project: of, workingDir } of containers) {
    if (of !== project || workingDir === undefined) continue;
    if (await isForeignFolder(instance, workingDir)) return workingDir;
  }
  return undefined;
}

interface OthersHere {
  /** The release of the same instance that runs, is current, or was imported last; absent for the one that comes again. */
  readonly earlier: EarlierRelease | undefined;
  /** Folder of the one that runs. */
  readonly runningFolder: string | undefined;
}

async function othersHere({ instance, name }: Release): Promise<OthersHere> {
  const { releases, current, journal } = await readInstance(instance);
  const running = releases.find((one) => one.name === journal?.running?.release);
  const found = running ?? releases.find((one) => one.name === current) ?? releases.at(-1);
  const isOther = found !== undefined && found.name !== name;
  const earlier = isOther
    ? { version: found.manifest.version, images: found.manifest.images }
    : undefined;
  return { earlier, runningFolder: running?.folder };
}

interface Need {
  readonly bytes: number;
  readonly files: number;
}

/**
 * Reads the space in a folder; undefined if it is not visible from this machine. A folder that does not exist yet
 * counts as on the file system of the nearest folder above.
 */
async function spaceIn(folder: string, needed: Need, toBeMade: true): Promise<Space>;
async function spaceIn(folder: string, needed: Need, toBeMade: false): Promise<Space | undefined>;
async function spaceIn(
  folder: string,
  needed: Need,
  toBeMade: boolean,
): Promise<Space | undefined> {
  try {
    const { bavail, bsize, files, ffree } = await statfs(folder);
    const { dev } = await stat(folder);
    // Some file systems report none: they create inodes as needed.
    const inodes = files === 0 ? {} : { inodes: { needed: needed.files, free: ffree } };
    const freeBytes = bavail * bsize;
    const space = { folder, neededBytes: needed.bytes, freeBytes, ...inodes, device: dev };
    return toBeMade ? { ...space, ...(await unwritable(folder)) } : space;
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (toBeMade && code === 'ENOENT' && dirname(folder) !== folder) {
      return spaceIn(dirname(folder), needed, true);
    }
    if (!toBeMade && ['ENOENT', 'EACCES'].includes(code)) return undefined;
    throw ioError(error, 'asking for the free space of', folder, 'input-unreadable');
  }
}

async function unwritable(folder: string): Promise<{ unwritable?: string }> {
  try {
    await access(folder, constants.W_OK);
    return {};
  } catch (error) {
    return { unwritable: reasonOf(error) };
  }
}
