import { hostname } from 'node:os';
import type { Engine, EngineImage } from '@bundle/engine';
import { isRunning } from '@bundle/files';
import { type BundleImage, digestOf, hexOf } from '@bundle/format';

/** Begins the names that images have on the engine until all of an import are there; the process follows, and whose it is. */
const prefix = 'bundle-import-';
/** Another host may import into the same engine. */
const here = hexOf(digestOf(hostname())).slice(0, 12);
const own = `${prefix}${process.pid}-${here}/`;

/** A name for the image at this place of an import, which no user gives. */
export function temporaryName(index: number): string {
  return `${own}image:${index}`;
}

/** A name by which the engine asks the registry at this address for an image. */
export function pulledName(registry: string, repositoryAndTag: string): string {
  return `${registry}/${own}${repositoryAndTag}`;
}

/** The repository that a pulled one stands for. */
export function servedRepository(repository: string): string {
  return repository.startsWith(own) ? repository.slice(own.length) : repository;
}

/** Temporary names of imports of this host that were killed. */
export function staleNames(images: readonly Pick<EngineImage, 'references'>[]): string[] {
  const pattern = new RegExp(`^(?:127\\.0\\.0\\.1:\\d+/)?${prefix}(\\d+)-${here}/`);
  return images
    .flatMap(({ references }) => references)
    .filter((name) => {
      const pid = pattern.exec(name)?.[1];
      return pid !== undefined && !isRunning(Number(pid));
    });
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
