import { hostname } from 'node:os';
import { resolvedSchema, type Stack, stackOf } from '@bundle/compose';
import type { ComposeRequest, ComposeTool } from '@bundle/engine';
import { type NodeImages, pinnedName, type Release, runImages } from '@bundle/host';
import { collectFiles } from './collect-files.ts';
import type { SwarmLimits } from './refuse-files.ts';
import { refuseNames } from './refuse-names.ts';

/** What the stack of a release depends on besides the release. */
export interface StackPlace {
  /** ID of this manager. */
  readonly node: string;
  readonly limits: SwarmLimits;
  readonly images: NodeImages;
}

/**
 * Makes the stack of a release: `docker compose config` resolves its files, and what a stack cannot say is left out.
 * Fails with `compose-invalid` for what Swarm refuses.
 */
export async function makeStack(
  compose: ComposeTool,
  release: Release,
  request: ComposeRequest,
  { node, limits, images }: StackPlace,
): Promise<Stack> {
  const project = resolvedSchema.parse(await compose.config(request, { interpolate: true }));
  refuseNames(project, release.instance.name);
  const collected = await collectFiles(release, project, limits);
  return stackOf(project, {
    name: release.instance.name,
    folder: release.folder,
    host: hostname(),
    images: imagesOf(release, images, (service) => project.services[service]?.['image']),
    ...collected,
    mounted: { ...collected.mounted, node },
  });
}

/** Returns the image of each service by the name that the nodes know. One that was rebuilt here keeps its own name. */
function imagesOf(
  { manifest }: Release,
  images: NodeImages,
  resolved: (service: string) => unknown,
): Map<string, string> {
  return new Map(
    runImages(manifest).flatMap((image) => {
      const { reference, services } = image;
      const own = new Set<unknown>([reference, pinnedName(image)]);
      return services.flatMap((service): [string, string][] =>
        own.has(resolved(service)) ? [[service, images[reference] ?? pinnedName(image)]] : [],
      );
    }),
  );
}
