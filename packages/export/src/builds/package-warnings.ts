import {
  type Depot,
  ecosystemsOf,
  isServedBy,
  missingPackages,
  otherFetch,
  wantedByStep,
} from '@bundle/depot';
import { type BundleManifest, paths } from '@bundle/format';
import { usesNetwork } from '@bundle/recipe';
import type { CapturedBuild } from './capture.ts';

/**
 * Says which dependency steps could not run again offline though packages are carried: those that fetch in another
 * way, and those that ask for a package that was not recorded.
 */
export async function packageWarnings(
  captured: readonly CapturedBuild[],
  depots: readonly Depot[],
  { files }: Pick<BundleManifest, 'files'>,
): Promise<string[]> {
  const digests = new Map(files.map(({ path, sha256 }) => [path, sha256]));
  const warnings: string[] = [];
  for (const { build, steps } of captured) {
    for (const stage of build.stages) {
      const depot = depots.find(
        (one) => one.image === build.plan.image && one.stage === stage.name,
      );
      for (const instruction of stage.instructions) {
        const { keyword, line, text } = instruction;
        if (keyword !== 'RUN' || !usesNetwork(text)) continue;
        const place = `${build.plan.services.join(', ')}: line ${line} (${text.split('\n')[0]})`;
        const other = otherFetch(text);
        // A download in a RUN of its own is as it should be.
        const isMixed = other?.instead !== undefined || ecosystemsOf(text).length > 0;
        if (other !== undefined && isMixed)
          warnings.push(
            `${place} fetches with ${other.command}, which no carried package replaces: ${other.advice}`,
          );
        if (depot === undefined || !isServedBy(text, depot)) continue;
        const wanted = await wantedByStep({ ...build, steps }, stage.name, instruction);
        const digestOf = (path: string): string | undefined =>
          digests.get(`${paths.packagesDir}/${depot.folder}/${path}`);
        for (const words of missingPackages(wanted, depot, digestOf))
          warnings.push(
            `${place} asks for ${words}, which the export did not record: it cannot run again without a network`,
          );
      }
    }
  }
  return warnings;
}
