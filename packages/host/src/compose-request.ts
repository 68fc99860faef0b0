import { join } from 'node:path';
import type { CarriedFile } from '@bundle/compose';
import type { ComposeRequest } from '@bundle/engine';
import { paths } from '@bundle/format';
import type { Release } from './release.ts';

/** In the folder of a release, beside the bundle's own files: the images and mounted files that it runs with. */
export const pinnedFile = 'compose.pinned.yml';

/** What Compose starts of a release: its files, with what is pinned on top, as the project of its instance. */
export function requestFor({
  instance,
  folder,
}: Pick<Release, 'instance' | 'folder'>): ComposeRequest {
  const files = [paths.compose, paths.composeOffline, pinnedFile].map((file) => join(folder, file));
  return { files, profiles: [], projectName: instance.name };
}

/** Reads the Compose files that a release came with. */
export async function carriedFiles({ read }: Pick<Release, 'read'>): Promise<CarriedFile[]> {
  const files: CarriedFile[] = [];
  for (const path of [paths.compose, paths.composeOffline]) {
    files.push({ path, text: (await read(path)) ?? '' });
  }
  return files;
}

/** For what needs no file, only the containers of the project. */
export function projectOnly(name: string): ComposeRequest {
  return { files: [], profiles: [], projectName: name };
}
