import { hostname } from 'node:os';
import type { Engine, EngineImage } from '@bundle/engine';
import { fateOf, markPattern, ownMark } from '@bundle/files';
import { type BundleImage, digestOf, hexOf } from '@bundle/format';

/** Begins the names that images have on the engine until all of an import are there; the process follows, and whose it is. */
const prefix = 'bundle-import-';
/** Another host may import into the same engine. */
const here = hexOf(digestOf(hostname())).slice(0, 8);

/** The names that one process gives. */
export interface TemporaryNames {
  /** A name for the image at this place of an import, which no user gives. */
  loaded(index: number): string;
  /** A name by which the engine asks the registry at this address for an image. */
  pulled(registry: string, repositoryAndTag: string): string;
  /** The repository that a pulled one stands for. */
  served(repository: string): string;
}

export async function temporaryNames(): Promise<TemporaryNames> {
  const own = `${prefix}${here}-${await ownMark()}/`;
  return {
    loaded: (index) => `${own}image:${index}`,
    pulled: (registry, repositoryAndTag) => `${registry}/${own}${repositoryAndTag}`,
    served: (repository) =>
      repository.startsWith(own) ? repository.slice(own.length) : repository,
  };
}

const pattern = new RegExp(`^(?:127\\.0\\.0\\.1:\\d+/)?${prefix}${here}-(${markPattern})/`);

/** Temporary names of imports of this host that were killed, also by its end; not those of its containers that may run. */
export async function staleNames(
  images: readonly Pick<EngineImage, 'references'>[],
): Promise<string[]> {
  const stale: string[] = [];
  for (const name of images.flatMap(({ references }) => references)) {
    const mark = pattern.exec(name)?.[1];
    if (mark !== undefined && ['ended', 'other-boot'].includes(await fateOf(mark)))
      stale.push(name);
  }
  return stale;
}

/**
 * Brings images under temporary names, and gives them their own when `bring` has seen that all of them are whole; the
 * temporary ones go in any case. A load that fails leaves a broken image under its name, which must not be the user's.
 */
export async function namedWhenWhole(
  engine: Engine,
  images: readonly BundleImage[],
  names: readonly string[],
  bring: () => Promise<void>,
): Promise<void> {
  const work = async (): Promise<void> => {
    await bring();
    for (const [index, { reference }] of images.entries()) {
      await engine.tagImage(names[index] ?? '', reference);
    }
  };
  const [outcome] = await Promise.allSettled([work()]);
  const removed = await Promise.allSettled(names.map((name) => engine.untagImage(name)));
  // Why it failed counts more than that a name stayed, which the next import takes away.
  const failed = [outcome, ...removed].find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
