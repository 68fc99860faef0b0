import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { isAtOrBelow } from '@bundle/compose';
import { BundleError, paths, systemErrorCode } from '@bundle/format';
import { isInContext } from '@bundle/recipe';
import type { ApplicationPlan, PlannedBuild } from './application.ts';

/** A build context that contains the output path. */
export interface AroundOutput {
  /** Absolute path. */
  readonly context: string;
  readonly services: readonly string[];
}

/**
 * Finds a build context that would contain a bundle at this path: each export would then send the previous bundle to
 * the build. Undefined if there is no such context, or if its ignore file excludes the bundle.
 */
export async function contextAround(
  output: string,
  builds: readonly PlannedBuild[],
): Promise<AroundOutput | undefined> {
  const place = join(await realPlace(dirname(output)), basename(output));
  for (const { services, projectDir, context, dockerfile, buildContexts } of builds) {
    const own = 'path' in dockerfile ? dockerfile.path : undefined;
    const folders: [string, string | undefined][] = [
      [context, own],
      ...Object.values(buildContexts).map((folder): [string, undefined] => [folder, undefined]),
    ];
    for (const [path, dockerfilePath] of folders) {
      if (path.includes('://')) continue;
      const folder = await realPlace(resolve(projectDir, path));
      if (await isSent(place, folder, dockerfilePath)) return { context: folder, services };
    }
  }
  return undefined;
}

/** Resolves symbolic links, which may hide that a folder is inside another one. */
async function realPlace(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (error) {
    // Whatever reads or writes there reports the problem.
    if (systemErrorCode(error) === undefined) throw error;
    return folder;
  }
}

async function isSent(
  output: string,
  folder: string,
  dockerfile: string | undefined,
): Promise<boolean> {
  if (output === folder || !isAtOrBelow(output, folder)) return false;
  // An ignore rule may match the folder of a bundle or the files in it.
  const places = [output, join(output, paths.manifest)];
  for (const place of places) {
    const inside = place.slice(folder.length).replace(/^\/+/, '');
    if (!(await isInContext(folder, dockerfile, inside))) return false;
  }
  return true;
}

/** Returns the same file name in the nearest folder above that is not in a build context. */
export async function outsideContexts(
  output: string,
  builds: readonly PlannedBuild[],
): Promise<string> {
  let place = output;
  for (;;) {
    const around = await contextAround(place, builds);
    const above = around && dirname(around.context);
    if (around === undefined || above === undefined || above === around.context) return place;
    place = join(above, basename(output));
  }
}

/** Checks that the bundle would not become part of what is packed; fails with `output-unwritable`. */
export async function checkOwnOutput(
  output: string,
  { builds, files }: Pick<ApplicationPlan, 'builds' | 'files'>,
): Promise<void> {
  const around = await contextAround(output, builds);
  if (around !== undefined) {
    const real = join(await realPlace(dirname(output)), basename(output));
    const inside = relative(around.context, real);
    throw insideOf(
      output,
      `${around.context}, which ${around.services.join(', ')} is built from`,
      `Choose a path outside of it, or leave it out of builds: add the line ${inside} to ${join(around.context, '.dockerignore')}.`,
    );
  }
  const own = files.find(({ content }) => 'file' in content && isAtOrBelow(content.file, output));
  if (own !== undefined) {
    throw insideOf(output, `what is packed: ${own.why}`, 'Choose a path outside of it.');
  }
}

function insideOf(output: string, place: string, hint: string): BundleError {
  return new BundleError('output-unwritable', {
    operation: 'writing the bundle to',
    subject: output,
    expected: 'a path that is not part of the application',
    found: `a path inside ${place}: the next export would pack this bundle too`,
    hint,
  });
}
