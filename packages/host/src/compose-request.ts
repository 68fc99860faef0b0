import { join } from 'node:path';
import type { CarriedFile } from '@bundle/compose';
import type { ComposeRequest } from '@bundle/engine';
import { paths } from '@bundle/format';
import type { Release } from './release.ts';

/** File in a release's folder, beside the bundle's own files, with the images and mounted files that it runs with. */
export const pinnedFile = 'compose.pinned.yml';

/** Describes a release to Compose: its files with the pinned ones on top, as the project of its instance. */
export function requestFor({
  instance,
  folder,
}: Pick<Release, 'instance' | 'folder'>): ComposeRequest {
  const files = [paths.compose, paths.composeOffline, pinnedFile].map((file) => join(folder, file));
  return { files, profiles: [], projectName: instance.name };
}

/** Reads the Compose files of a release. */
export async function carriedFiles({ read }: Pick<Release, 'read'>): Promise<CarriedFile[]> {
  const files: CarriedFile[] = [];
  for (const path of [paths.compose, paths.composeOffline]) {
    files.push({ path, text: (await read(path)) ?? '' });
  }
  return files;
}

/** Describes a project to Compose for commands that need its containers but no file. */
export function projectOnly(name: string): ComposeRequest {
  return { files: [], profiles: [], projectName: name };
}
