import {
  backupFolder,
  findRelease,
  type Pending,
  pinnedName,
  projectOnly,
  runImages,
  type StagedRelease,
} from '@bundle/host';
import { isCopied } from '../volumes/copied.ts';
import { readList } from '../volumes/list.ts';
import { refuseUsed } from '../volumes/used.ts';
import { backUpVolumes, restoreVolumes } from '../volumes/volumes.ts';
import type { StepContext } from './step-context.ts';

/**
 * Stops the services, so that nothing writes while the volumes are copied. Fails with `volume-in-use` before, if other
 * volumes are to be restored afterwards and cannot be.
 */
export async function backUp(
  { tools, state, options }: StepContext,
  pending: Pending,
): Promise<void> {
  const { runtime, compose } = tools;
  if (pending.restore !== null) {
    const copies = await readList(backupFolder(state, pending.restore));
    await refuseUsed(runtime, state.name, (copies ?? []).filter(isCopied));
  }
  options.onLine('Stopping the services to copy their volumes');
  await compose.stop(projectOnly(state.name), options.onLine, options.signal);
  const folder = backupFolder(state, pending.backup ?? '');
  const image = anyImage(findRelease(state, pending.to));
  await backUpVolumes(runtime, state.name, folder, pending.from ?? 'none', { ...options, image });
}

/** Removes the containers and restores the volumes, after checking that every copy can be read. */
export async function putBack(
  { tools, state, options }: StepContext,
  backup: string,
  release: StagedRelease,
  signal: AbortSignal,
): Promise<void> {
  const { runtime, compose } = tools;
  const { onProgress, onLine } = options;
  const copy = { image: anyImage(release), onProgress, onLine, signal };
  await restoreVolumes(runtime, state.name, backupFolder(state, backup), copy, () =>
    compose.down(projectOnly(state.name), { volumes: false }, options.onLine, signal),
  );
}

function anyImage({ manifest }: StagedRelease): string {
  const [image] = runImages(manifest);
  return image === undefined ? '' : pinnedName(image);
}
