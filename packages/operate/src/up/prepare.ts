import { mountsOf } from '@bundle/compose';
import type { ProjectContainer } from '@bundle/engine';
import {
  earlierFolders,
  type InstanceState,
  keepMounts,
  localName,
  pinImages,
  requestFor,
  type StagedRelease,
} from '@bundle/host';
import type { SettingsPlan } from '@bundle/host/settings';
import { checkNginx } from '../nginx/check.ts';
import { type KeptFiles, keepIfNone, writeKept } from '../settings/healthy.ts';
import { writeSettings } from '../settings/settings-files.ts';
import { carryFiles } from './carry-files.ts';
import { checkPorts } from './check-ports.ts';
import { agreeTo, resolvedPermissions } from './consent.ts';
import { endedOf, judge, type Verdict } from './health.ts';
import { type LocalImages, localImages } from './local-images.ts';
import { checkElsewhere, checkFiles, checkMounts } from './mounted-files.ts';
import { restoreOverride, writeOverride } from './override.ts';
import type { BringUpOptions, Tools } from './types.ts';

/**
 * Gives lasting names to images that were put in by hand, so that a rollback finds them wherever the tags have moved.
 */
export async function keepRunningImages(
  tools: Tools,
  running: StagedRelease | undefined,
  target: StagedRelease,
  containers: readonly ProjectContainer[],
  keepLocal: boolean,
): Promise<void> {
  if (running === undefined) return;
  // A run that died may have left the override that it was going to start with.
  await restoreOverride(running);
  await keepIfNone(running);
  await pinImages(tools.engine, running.manifest);
  const local = localImages(running.manifest, containers);
  for (const { reference, imageId } of local.values()) {
    await tools.engine.tagImage(imageId, localName(reference, imageId));
  }
  if (local.size === 0 || (running.name === target.name && !keepLocal)) return;
  await writeOverride(tools, running, local);
}

export interface SettingsToWrite extends Pick<SettingsPlan, 'files' | 'values'> {
  /** Env files that the release had earlier, to which a rollback to itself returns. */
  readonly kept: KeptFiles | undefined;
}

/** Prepares a start and checks everything that can be checked without touching the running services. */
export async function prepare(
  tools: Tools,
  state: InstanceState,
  running: StagedRelease | undefined,
  target: StagedRelease,
  settings: SettingsToWrite,
  local: LocalImages,
  { signal, onProgress, onLine, ignorePorts, ignoreMounts, consent }: BringUpOptions,
): Promise<void> {
  onProgress({ phase: 'checking the release', doneBytes: 0 });
  await pinImages(tools.engine, target.manifest);
  for (const { reference, imageId } of local.values())
    await tools.engine.tagImage(imageId, localName(reference, imageId));
  const putBack = await writeAll(target, settings);
  try {
    if (running !== undefined) {
      for (const path of await carryFiles(running, target, settings.values))
        onLine(`${path} is carried over from ${running.name}`);
    }
    const project = await writeOverride(tools, target, local);
    await agreeTo(target, await resolvedPermissions(target, project), consent);
    const mounts = mountsOf(project);
    const earlier = await earlierFolders(state);
    if ((await tools.engine.info()).dataFolder === undefined) {
      if (!ignoreMounts) checkElsewhere(target, mounts);
    } else {
      await checkFiles(project, target);
      if (!ignoreMounts) await checkMounts(target, mounts, earlier);
    }
    // Swarm publishes on every node, and itself refuses a port of another service.
    const isStack = (await tools.isStack?.(state.name)) === true;
    // Makes the stack once: what Swarm refuses of it is found before anything changes.
    if (isStack) await tools.compose.services(requestFor(target));
    if (!ignorePorts && !isStack) await checkPorts(tools.engine, state.name, project);
    const volumes = await tools.runtime.volumes(state.name);
    await checkNginx(tools.runtime, project, new Set(volumes.map(({ name }) => name)), signal);
    await keepMounts(target, mounts, earlier);
  } catch (error) {
    // Keep the new settings of a release that does not run, so that nobody has to answer twice.
    if (state.journal?.running?.release === target.name) await putBack();
    throw error;
  }
}

/** Writes the env files of a release. Returns a function that restores the previous ones. */
async function writeAll(
  target: StagedRelease,
  { kept, files }: SettingsToWrite,
): Promise<() => Promise<void>> {
  const restore = kept === undefined ? undefined : await writeKept(target, kept);
  try {
    const putBack = await writeSettings(target, files);
    return async () => {
      await putBack();
      await restore?.();
    };
  } catch (error) {
    await restore?.();
    throw error;
  }
}

/**
 * Returns verdicts if every container is ready and matches what Compose would create; undefined if something is left to
 * do. Compose starts again what has ended.
 */
export async function alreadyUp(
  { runtime, compose }: Tools,
  { name }: InstanceState,
  target: StagedRelease,
): Promise<Verdict[] | undefined> {
  const wanted = await compose.services(requestFor(target));
  const containers = await runtime.containers(name);
  const isAsWanted =
    [...wanted].every(([service, { hash, replicas }]) => {
      const own = containers.filter((one) => one.service === service);
      return own.length === replicas && own.every(({ configHash }) => configHash === hash);
    }) && containers.every(({ service }) => wanted.has(service));
  const verdicts = judge(wanted, containers);
  const isReady = verdicts.every(({ state }) => state === 'ready');
  return isAsWanted && isReady && endedOf(wanted, containers).length === 0 ? verdicts : undefined;
}
