import { packagesPlace, placeTools, toolsPlace, wrapSteps } from '@bundle/depot';
import { type Dockerfile, flagValues } from '@bundle/recipe';
import type { ServedStep } from './check.ts';

/** Build context of each folder with packages, by folder. */
function contextNames(served: readonly ServedStep[]): Map<string, string> {
  const folders = [...new Set(served.map(({ folder }) => folder))];
  return new Map(folders.map((folder, index) => [folder, `bundle-packages-${index}`]));
}

/**
 * Rewrites a Dockerfile so that the served steps find their packages in a mount, and have no network but loopback.
 */
export function withPackages(
  text: string,
  dockerfile: Dockerfile,
  served: readonly ServedStep[],
): string {
  const names = contextNames(served);
  const steps = served.map(({ stage, instruction, folder }) => ({
    stage,
    instruction,
    script: ['serve.sh'],
    flags: [
      `--mount=type=bind,from=bundle-tools,target=${toolsPlace}`,
      `--mount=type=bind,from=${names.get(folder)},target=${packagesPlace}`,
      // BuildKit takes the first network of a RUN only.
      ...(flagValues(instruction, 'network').length > 0 ? [] : ['--network=none']),
    ],
  }));
  return wrapSteps(text, dockerfile, steps);
}

/** Provides the build contexts that `withPackages` names. */
export async function packageContexts(served: readonly ServedStep[]): Promise<{
  readonly contexts: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}> {
  if (served.length === 0) return { contexts: {}, remove: async () => undefined };
  const tools = await placeTools();
  const folders = [...contextNames(served)].map(([folder, name]) => [name, folder]);
  return {
    contexts: { 'bundle-tools': tools.path, ...Object.fromEntries(folders) },
    remove: tools.remove,
  };
}

/** Removes what `withPackages` added from BuildKit's name of a step. */
export function writtenName(name: string): string {
  return name.replaceAll(
    / --mount=type=bind,from=bundle-(?:tools|packages-\d+),\S+(?: --network=none)?/g,
    '',
  );
}
