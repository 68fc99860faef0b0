import { join } from 'node:path';
import { ioError } from '@bundle/files';
import { paths } from '@bundle/format';
import { firstTarEntry } from '@bundle/store';
import type { ReadBuild } from './read-build.ts';

/**
 * Finds bundles inside build contexts, which may end up in every image built from them. Returns warnings for the
 * report.
 */
export async function bundlesInside(builds: readonly ReadBuild[]): Promise<string[]> {
  const warnings: string[] = [];
  for (const { plan, context, files } of builds) {
    for (const { path, type } of files) {
      if (type !== 'file') continue;
      const bundle = await bundleAt(context, path);
      if (bundle === undefined) continue;
      warnings.push(
        `${plan.services.join(', ')}: the bundle ${bundle} lies in the build context, so images built from it may contain the bundle: move it, or add it to .dockerignore`,
      );
    }
  }
  return warnings;
}

async function bundleAt(context: string, path: string): Promise<string | undefined> {
  if (path.endsWith(`/${paths.ociLayout}`)) return path.slice(0, -paths.ociLayout.length - 1);
  if (!/\.tar(?:\.part001)?$/.test(path)) return undefined;
  const file = join(context, path);
  try {
    return (await firstTarEntry(file)) === paths.manifest ? path : undefined;
  } catch (error) {
    throw ioError(error, 'reading', file, 'input-unreadable');
  }
}
