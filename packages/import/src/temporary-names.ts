import { hostname } from 'node:os';
import type { Engine, EngineImage } from '@bundle/engine';
import { fateOf, markPattern, ownMark } from '@bundle/files';
import { type BundleImage, digestOf, hexOf } from '@bundle/format';

/**
 * Prefix of the names that images have on the engine until all images of an import are there. The host and the process
 * follow.
 */
const prefix = 'bundle-import-';
/** Mark of this host, because another host may import into the same engine. */
const here = hexOf(digestOf(hostname())).slice(0, 8);

/** Temporary names used by one process. */
export interface TemporaryNames {
  /** Returns a name for the image at this index of an import, which no user would choose. */
  loaded(index: number): string;
  /** Returns a name under which the engine pulls an image from the registry at this address. */
  pulled(registry: string, repositoryAndTag: string): string;
  /** Returns the repository behind a pulled name. */
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

/**
 * Lists temporary names left by imports of this host that were killed or ended by a reboot. Names of containers on this
 * host whose imports may still run are not included.
 */
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
 * Loads images under temporary names, and gives them their own names once `bring` has checked that all are complete;
 * removes the temporary names in any case. A failed load leaves a broken image under its name, which must not be the
 * user's name.
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
  // The cause of the failure matters more than a leftover name, which the next import removes.
  const failed = [outcome, ...removed].find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
