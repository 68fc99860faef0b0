import type { BundleManifest } from '@bundle/format';
import { hasMount } from '@bundle/recipe';
import type { CapturedBuild } from './capture.ts';
import type { NotCaptured } from './read-all.ts';
import type { PackedSource } from './source-archive.ts';

/** What an export packed so that images can be rebuilt without a network, and what it costs. */
export interface RebuildReport {
  readonly services: readonly string[];
  readonly notCaptured: readonly NotCaptured[];
  /** Time that the builds of the stages took. */
  readonly seconds: number;
  /** Stored bytes of layers that only the images named by Dockerfiles have. */
  readonly baseBytes: number;
  /** Stored bytes of layers that only the cache images have: those of intermediate stages. */
  readonly cacheBytes: number;
  /** What is packed of the source, where it is. */
  readonly source?: { readonly files: number; readonly bytes: number };
  /** What makes rebuilds need a network, or run more than they should. */
  readonly warnings: readonly string[];
}

export function rebuildReport(
  captured: readonly CapturedBuild[],
  notCaptured: readonly NotCaptured[],
  { images }: BundleManifest,
  seconds: number,
  source: PackedSource | undefined,
  more: readonly string[],
): { rebuild?: RebuildReport } {
  if (captured.length === 0 && notCaptured.length === 0) return {};
  const seen = new Set<string>();
  const added = (use: 'build-base' | 'build-cache' | undefined): number => {
    let bytes = 0;
    for (const { digest, size } of images
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
    ...steps
      .filter(({ dependency, afterSource }) => dependency && afterSource)
      .map(
        ({ line, text }) =>
          `${build.plan.services.join(', ')}: line ${line} (${text.split('\n')[0]}) fetches after the source was copied in, so every edit needs a network: move it before`,
      ),
    ...(stages.every(({ runs }) => runs !== undefined) ? [] : steps.filter(hasMount)).map(
      ({ line, text }) =>
        `${build.plan.services.join(', ')}: the result of line ${line} (${text.split('\n')[0]}) is found only by engines of this release of Docker: with buildx 0.14 or later by all`,
    ),
  ]);
  const packed =
    source === undefined
      ? {}
      : { source: { files: source.files, bytes: source.file.bytes.length } };
  const values = (source?.valueFiles ?? []).map(
    (path) =>
      `${path} is packed with its values, as it is part of a context: .dockerignore leaves it out`,
  );
  const all = [...warnings, ...values, ...more];
  return {
    rebuild: { services, notCaptured, seconds, baseBytes, cacheBytes, ...packed, warnings: all },
  };
}
