import type { Engine, Referrer } from '@bundle/engine';
import { comparePaths } from '@bundle/format';
import type { PresentImage } from './packed-image.ts';
import type { FurtherImages } from './prepare-further.ts';

/** What refers to an image of the bundle. */
export interface PackedReferrer extends Referrer {
  /** The image, as the bundle names it. */
  readonly reference: string;
}

/** Reads what refers to the images for all platforms, each once. */
export async function findReferrers(
  engine: Engine,
  images: readonly PresentImage[],
  further: readonly FurtherImages[],
  signal: AbortSignal,
): Promise<PackedReferrer[]> {
  const found = new Map<string, PackedReferrer>();
  for (const { source, images: own } of [{ source: engine, images }, ...further]) {
    for (const { planned } of own) {
      const referrers = (await source.referrersOf?.(planned.source, signal)) ?? [];
      for (const one of referrers) {
        const { reference } = planned;
        found.set([reference, one.subject, one.digest, one.tag ?? ''].join(' '), {
          ...one,
          reference,
        });
      }
    }
  }
  // A registry lists them in any order.
  return [...found].sort(([a], [b]) => comparePaths(a, b)).map(([, one]) => one);
}
