import { resolve } from 'node:path';
import { isListFile } from '@bundle/depot';
import type { CarriedPackages } from '@bundle/format';

/** Resolves the paths of lists in `packages:` of a spec, which are relative to its folder. */
export function withListPaths(packages: CarriedPackages, folder: string): CarriedPackages {
  return Object.fromEntries(
    (['apt', 'npm', 'pip'] as const).flatMap((ecosystem) => {
      const entries = packages[ecosystem];
      const resolved = entries?.map((entry) =>
        isListFile(ecosystem, entry) ? resolve(folder, entry) : entry,
      );
      return resolved === undefined ? [] : [[ecosystem, resolved]];
    }),
  );
}
