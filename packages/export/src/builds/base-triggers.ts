import { triggered } from '@bundle/recipe';
import type { PresentImage } from '../images/packed-image.ts';
import { baseImagesOf, type NotCaptured } from './read-all.ts';
import { baseReference, type ReadBuild } from './read-build.ts';

/**
 * Leaves out builds on an image with ONBUILD instructions, which only the image has: their steps and files could not be
 * compared. Images that only those builds need are left out, too.
 */
export function leaveOutTriggered(
  builds: readonly ReadBuild[],
  images: readonly PresentImage[],
): { builds: ReadBuild[]; images: PresentImage[]; notCaptured: NotCaptured[] } {
  const byName = new Map(images.map((image) => [image.planned.reference, image.onEngine]));
  const kept: ReadBuild[] = [];
  const notCaptured: NotCaptured[] = [];
  for (const build of builds) {
    const reason = build.stages.flatMap((stage) => {
      const reference = baseReference(build, stage.base);
      const base = build.bases.find((one) => one.reference === reference);
      const image = base && byName.get(base.image.reference);
      return base !== undefined && image?.onBuild ? [triggered(stage, base.reference)] : [];
    })[0];
    if (reason === undefined) kept.push(build);
    else notCaptured.push({ services: build.plan.services, reason });
  }
  const needed = new Set(baseImagesOf(kept, []).map(({ reference }) => reference));
  return {
    builds: kept,
    images: images.filter(
      ({ planned: { use, reference } }) => use !== 'build-base' || needed.has(reference),
    ),
    notCaptured,
  };
}
