import { posix, relative, resolve } from 'node:path';
import { isAtOrBelow } from '@bundle/compose';
import type { Engine } from '@bundle/engine';
import type { Platform } from '@bundle/format';
import { type ContextEntry, readContext } from '@bundle/recipe';
import type { Compared, PlannedBuild, SourceMount } from '../application/application.ts';
import { type ImageTree, readImageTree } from './image-tree.ts';
import type { PresentImage } from './packed-image.ts';

/** Files of a source that only builds and developers need. */
const forBuilds =
  /(?:^|\/)(?:Dockerfile[^/]*|[^/]*\.dockerignore|\.git(?:\/.*|ignore|attributes)?|\.env[^/]*|(?:docker-)?compose[^/]*\.ya?ml)$/;

/** Compares each source with the files of its image at the place of the mount. */
export async function compareSources(
  engine: Engine,
  mounts: readonly SourceMount[],
  images: readonly PresentImage[],
  builds: readonly PlannedBuild[],
  { platform, signal }: { readonly platform: Platform | undefined; readonly signal: AbortSignal },
): Promise<Map<SourceMount, Compared>> {
  const found = new Map<SourceMount, Compared>();
  for (const image of images) {
    const own = mounts.filter((mount) => mount.image === image.planned.reference);
    if (own.length === 0) continue;
    const targets = own.map(({ target }) => target);
    const tree = await readImageTree(engine, image, targets, platform, signal);
    for (const mount of own) {
      found.set(mount, compareTree(await sentOf(mount, builds), tree, mount.target));
    }
  }
  return found;
}

/** Returns the entries of a folder that a build would receive, with paths relative to the folder. */
async function sentOf(
  { source }: SourceMount,
  builds: readonly PlannedBuild[],
): Promise<ContextEntry[]> {
  const around = builds
    .map(({ projectDir, context, dockerfile }) => ({
      folder: resolve(projectDir, context),
      dockerfile: 'path' in dockerfile ? dockerfile.path : undefined,
    }))
    .find(({ folder }) => isAtOrBelow(source, folder));
  const { folder, dockerfile } = around ?? { folder: source, dockerfile: undefined };
  const inside = relative(folder, source);
  const entries = await readContext(folder, { dockerfile });
  return entries.flatMap((entry) => {
    if (inside === '') return [entry];
    return entry.path.startsWith(`${inside}/`)
      ? [{ ...entry, path: entry.path.slice(inside.length + 1) }]
      : [];
  });
}

/** Tells whether an image contains all of a source at a target, nothing at all there, or something else. */
export function compareTree(
  entries: readonly ContextEntry[],
  tree: ImageTree,
  target: string,
): Compared {
  if (![...tree.keys()].some((path) => isAtOrBelow(path, target))) return { result: 'nothing' };
  for (const entry of entries) {
    if (entry.type === 'directory' || forBuilds.test(entry.path)) continue;
    const wanted = entry.type === 'file' ? entry.sha256 : `-> ${entry.target}`;
    if (tree.get(posix.join(target, entry.path)) !== wanted) {
      return { result: 'other', path: entry.path };
    }
  }
  return { result: 'same' };
}
