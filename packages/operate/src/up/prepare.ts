import { join } from 'node:path';
import type { ResolvedProject } from '@bundle/compose';
import type { ProjectContainer } from '@bundle/engine';
import {
  type InstanceState,
  pinImages,
  pinnedFile,
  placesOf,
  requestFor,
  type StagedRelease,
} from '@bundle/host';
import { checkNginx } from '../nginx/check.ts';
import { type SettingsPlan, writePrivate, writeSettings } from '../settings/settings-files.ts';
import { checkPorts } from './check-ports.ts';
import { agreeTo, resolvedPermissions } from './consent.ts';
import { judge, type Verdict } from './health.ts';
import { localImages, localName, pinnedOverride, pinnedServices } from './local-images.ts';
import { checkFiles } from './mounted-files.ts';
import { resolveProject } from './resolve-project.ts';
import { stableMounts } from './stable-mounts.ts';
import type { BringUpOptions, Tools } from './types.ts';

/** Images that were put there by hand get a lasting name, so that going back finds them whatever the tags are then. */
export async function keepRunningImages(
  tools: Tools,
  state: InstanceState,
  running: StagedRelease | undefined,
  target: StagedRelease,
  containers: readonly ProjectContainer[],
  keepLocal: boolean,
): Promise<void> {
  if (running === undefined) return;
  await pinImages(tools.engine, running.manifest);
  const local = localImages(running.manifest, containers);
  for (const { reference, imageId } of local.values()) {
    await tools.engine.tagImage(imageId, localName(reference, imageId));
  }
  if (local.size === 0 || (running.name === target.name && !keepLocal)) return;
  await writeOverride(tools, state, running, local);
}

/** The override of a release; the project comes back as Compose would start it without the copies of files. */
async function writeOverride(
  { compose }: Tools,
  state: InstanceState,
  release: StagedRelease,
  local: ReturnType<typeof localImages>,
): Promise<ResolvedProject> {
  const file = join(release.folder, pinnedFile);
  const images = pinnedServices(release.manifest, local);
  await writePrivate(file, pinnedOverride(images, new Map()), 0o644);
  const project = await resolveProject(compose, requestFor(release));
  const mounts = await stableMounts(project, release.folder, placesOf(state).files);
  await writePrivate(file, pinnedOverride(images, mounts), 0o644);
  return project;
}

/** Everything that can be found out before anything that runs is touched. */
export async function prepare(
  tools: Tools,
  state: InstanceState,
  target: StagedRelease,
  settings: SettingsPlan,
  local: ReturnType<typeof localImages>,
  { signal, onProgress, ignorePorts, consent }: BringUpOptions,
): Promise<void> {
  onProgress({ phase: 'checking the release', doneBytes: 0 });
  await pinImages(tools.engine, target.manifest);
  await writeSettings(target, settings.files);
  const project = await writeOverride(tools, state, target, local);
  await agreeTo(target, await resolvedPermissions(target, project), consent);
  await checkFiles(project);
  if (!ignorePorts) await checkPorts(tools.engine, state.name, project);
  const volumes = await tools.runtime.volumes(state.name);
  await checkNginx(tools.runtime, project, new Set(volumes.map(({ name }) => name)), signal);
}

/** Verdicts when every container is as Compose would make it, and ready; undefined when something is left to do. */
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
  const verdicts = judge([...wanted.keys()], containers);
  return isAsWanted && verdicts.every(({ state }) => state === 'ready') ? verdicts : undefined;
}
