import type { EngineImage } from '@bundle/engine';
import { isRunning } from '@bundle/files';

/** Begins the names that images have on the engine until all of a pull are there; the process follows. */
const prefix = 'bundle-import-';
const own = `${prefix}${process.pid}/`;

export function temporaryName(registry: string, repositoryAndTag: string): string {
  return `${registry}/${own}${repositoryAndTag}`;
}

/** The repository that a temporary one stands for. */
export function servedRepository(repository: string): string {
  return repository.startsWith(own) ? repository.slice(own.length) : repository;
}

/** Temporary names of imports that were killed. */
export function staleNames(images: readonly Pick<EngineImage, 'references'>[]): string[] {
  return images
    .flatMap(({ references }) => references)
    .filter((name) => {
      const pid = new RegExp(`^127\\.0\\.0\\.1:\\d+/${prefix}(\\d+)/`).exec(name)?.[1];
      return pid !== undefined && !isRunning(Number(pid));
    });
}
