import { join } from 'node:path';
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

/** For what needs no file, only the containers of the project. */
export function projectOnly(name: string): ComposeRequest {
  return { files: [], profiles: [], projectName: name };
}
