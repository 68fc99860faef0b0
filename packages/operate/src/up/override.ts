import { copyFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResolvedProject } from '@bundle/compose';
import { ioError, isThere } from '@bundle/files';
import { pinnedFile, type Release, requestFor } from '@bundle/host';
import { writePrivate } from '../settings/settings-files.ts';
import { type LocalImages, pinnedOverride, pinnedServices } from './local-images.ts';
import { resolveProject } from './resolve-project.ts';
import { stableMounts } from './stable-mounts.ts';
import type { Tools } from './types.ts';

/**
 * Writes the override of a release; returns the project as Compose would start it, without the copies of mounted files.
 */
export async function writeOverride(
  { compose }: Pick<Tools, 'compose'>,
  release: Release,
  local: LocalImages,
): Promise<ResolvedProject> {
  const file = fileOf(release);
  const images = pinnedServices(release.manifest, local);
  await writePrivate(file, pinnedOverride(images), 0o644);
  const project = await resolveProject(compose, requestFor(release));
  const mounts = await stableMounts(release, project);
  await writePrivate(file, pinnedOverride(images, mounts), 0o644);
  return project;
}

// While a release is restarted with different images, the override that it runs with is kept beside the new one.

/** Keeps the current override of a release until `forgetOverride` or `restoreOverride`. */
export async function keepOverride(release: Release): Promise<void> {
  const file = fileOf(release);
  await writing(file, async () => {
    if (await isThere(file)) await copyFile(file, keptOf(release));
  });
}

/** Restores the kept override of a release, if there is one. */
export async function restoreOverride(release: Release): Promise<void> {
  const file = fileOf(release);
  await writing(file, async () => {
    if (await isThere(keptOf(release))) await rename(keptOf(release), file);
  });
}

/** Removes the kept override once the release runs with the new one. */
export async function forgetOverride(release: Release): Promise<void> {
  await writing(fileOf(release), () => rm(keptOf(release), { force: true }));
}

function fileOf({ folder }: Pick<Release, 'folder'>): string {
  return join(folder, pinnedFile);
}

function keptOf(release: Pick<Release, 'folder'>): string {
  return `${fileOf(release)}.previous`;
}

async function writing(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw ioError(error, 'writing', file, 'state-unwritable');
  }
}
