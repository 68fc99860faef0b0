import { BundleError, parseReference } from '@bundle/format';
import {
  externalImages,
  findObstacle,
  lineOfImage,
  type Origin,
  readSource,
  type Source,
} from '@bundle/recipe';
import type { PlannedBuild, PlannedImage } from '../application/application.ts';
import { packedImage } from '../application/images.ts';

/** A build with everything that it reads from disk. */
export interface ReadBuild extends Source {
  readonly plan: PlannedBuild;
  /** Images that a build would pull from a registry, as written in the Dockerfile and as packed. */
  readonly bases: readonly { readonly reference: string; readonly image: PlannedImage }[];
}

/** Reads the inputs of a build. Fails with `rebuild-unavailable` if it cannot be repeated without a network. */
export async function readBuild(plan: PlannedBuild, platform: string): Promise<ReadBuild> {
  if (plan.problem !== undefined) throw unavailable(plan, plan.problem);
  const source = await readSource(plan, plan.projectDir, platform);
  const contexts = Object.values(plan.buildContexts).flatMap((value) => {
    const [, reference] = /^docker-image:\/\/(.+)$/.exec(value) ?? [];
    return reference === undefined ? [] : [reference];
  });
  const named = new Set([...externalImages(source.stages), ...contexts]);
  for (const reference of named) {
    if (parseReference(reference) !== undefined) continue;
    const line = lineOfImage(source.stages, reference);
    const what = JSON.stringify(reference);
    throw unavailable(
      plan,
      line === undefined
        ? `an additional context names ${what}, which is not an image`
        : `line ${line} names ${what}, which is not an image`,
    );
  }
  const obstacle = findObstacle(source, plan.buildArgs);
  if (obstacle !== undefined) throw unavailable(plan, obstacle);
  return {
    ...source,
    plan,
    bases: [...named].map((reference) => ({ reference, image: baseImage(reference) })),
  };
}

/** Returns the image that a stage starts from, as written; undefined if it starts from none. */
export function baseReference({ plan }: ReadBuild, origin: Origin): string | undefined {
  if (origin.kind === 'context')
    return plan.buildContexts[origin.name]?.replace(/^docker-image:\/\//, '');
  return origin.kind === 'image' ? origin.reference : undefined;
}

function baseImage(reference: string): PlannedImage {
  return { ...packedImage(reference, undefined), services: [], built: false, use: 'build-base' };
}

function unavailable({ services }: PlannedBuild, found: string): BundleError {
  return new BundleError('rebuild-unavailable', {
    operation: 'capturing the build of',
    subject: services.join(', '),
    expected: 'a build that can be repeated without a network',
    found,
    hint: 'Change that, or pack without rebuilds: --no-rebuild.',
  });
}
