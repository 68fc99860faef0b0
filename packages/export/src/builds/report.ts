import { type Depot, isServedBy } from '@bundle/depot';
import type { BundleManifest } from '@bundle/format';
import { hasMount, type Step } from '@bundle/recipe';
import type { CapturedBuild } from './capture.ts';
import { packageWarnings } from './package-warnings.ts';
import type { NotCaptured } from './read-all.ts';
import type { ReadBuild } from './read-build.ts';
import type { PackedSource } from './source-archive.ts';

/** What an export packed for rebuilds without a network, and its cost. */
export interface RebuildReport {
  readonly services: readonly string[];
  readonly notCaptured: readonly NotCaptured[];
  /** Time taken to build the stages. */
  readonly seconds: number;
  /** Stored bytes of layers that are only in base images. */
  readonly baseBytes: number;
  /** Stored bytes of layers that are only in cache images, that is of intermediate stages. */
  readonly cacheBytes: number;
  /** Size of the packed source, if any. */
  readonly source?: { readonly files: number; readonly bytes: number };
  /** Causes for rebuilds to need a network, or to run more steps than necessary. */
  readonly warnings: readonly string[];
}

export async function rebuildReport(
  captured: readonly CapturedBuild[],
  notCaptured: readonly NotCaptured[],
  manifest: BundleManifest,
  seconds: number,
  source: PackedSource | undefined,
  more: readonly string[],
  /** Packages that the bundle carries; undefined if none were asked for. */
  depots: readonly Depot[] | undefined,
): Promise<{ rebuild?: RebuildReport }> {
  if (captured.length === 0 && notCaptured.length === 0) return {};
  const seen = new Set<string>();
  const added = (use: 'build-base' | 'build-cache' | undefined): number => {
    let bytes = 0;
    for (const { digest, size } of manifest.images
      .filter((one) => one.use === use)
      .flatMap((one) => one.layers)) {
      if (!seen.has(digest)) bytes += size;
      seen.add(digest);
    }
    return bytes;
  };
  added(undefined);
  const baseBytes = added('build-base');
  const cacheBytes = added('build-cache');
  const services = captured.flatMap(({ build }) => build.plan.services);
  const warnings = captured.flatMap(({ build, steps, stages, unstable }) => [
    ...unstable.map((step) => `${step}: runs again each time, though nothing changed`),
    ...lateSteps(build, steps, depots),
    ...(stages.every(({ runs }) => runs !== undefined) ? [] : steps.filter(hasMount)).map(
      ({ line, text }) =>
        `${build.plan.services.join(', ')}: the result of line ${line} (${text.split('\n')[0]}) is found only by engines of this Docker release; build with buildx 0.14 or later to make all engines find it`,
    ),
  ]);
  const packed =
    source === undefined
      ? {}
      : { source: { files: source.files, bytes: source.file.bytes.length } };
  const values = (source?.valueFiles ?? []).map(
    (path) =>
      `${path} is packed with its values, because it is part of a build context: list it in .dockerignore to leave it out`,
  );
  const ofPackages = depots === undefined ? [] : await packageWarnings(captured, depots, manifest);
  const all = [...warnings, ...ofPackages, ...values, ...more];
  return {
    rebuild: { services, notCaptured, seconds, baseBytes, cacheBytes, ...packed, warnings: all },
  };
}

/** Warns of dependency steps that come after the source, so that every edit runs them again. */
function lateSteps(
  { plan }: ReadBuild,
  steps: readonly Step[],
  depots: readonly Depot[] = [],
): string[] {
  return steps
    .filter(({ dependency, afterSource }) => dependency && afterSource)
    .map(({ stage, line, text }) => {
      const depot = depots.find((one) => one.image === plan.image && one.stage === stage);
      const place = `${plan.services.join(', ')}: line ${line} (${text.split('\n')[0]})`;
      return depot !== undefined && isServedBy(text, depot)
        ? `${place} fetches after the source was copied in, so every edit installs the carried packages again: move it before`
        : `${place} fetches after the source was copied in, so every edit needs a network: move it before`;
    });
}
