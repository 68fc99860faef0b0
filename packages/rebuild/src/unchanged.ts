import type { EngineImage } from '@bundle/engine';
import { type BundleManifest, type Digest, digestOf } from '@bundle/format';
import { isSameImage, type Rebuild } from '@bundle/host';
import type { ContextEntry, Recipe, Source, Step } from '@bundle/recipe';

/** The inputs of a build's result. */
export interface Inputs extends Pick<Source, 'text' | 'files' | 'contextFiles'> {
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  /** Chain ID of each image that the Dockerfile names. */
  readonly chains: Readonly<Record<string, string>>;
}

/**
 * Digests all inputs of a build's result. Every file of the contexts counts: where the model of the steps misses that
 * one is used, the image would stay old without a word; a file that no step uses costs a build from the cache.
 */
export function digestOfInputs(inputs: Inputs): Digest {
  const { text, buildArgs, steps, chains } = inputs;
  return digestOf(JSON.stringify([text, buildArgs, chains, keysOf(steps), filesOf(inputs)]));
}

/**
 * Tells whether instructions, files, arguments and base images are the same as at the export. Only steps that make
 * layers have keys, so the whole Dockerfile has to be the same. In bundles without its digest, a Dockerfile excluded by
 * its own context cannot be compared.
 */
export function isAsCaptured(recipe: Recipe, current: Inputs): boolean {
  const { dockerfile, dockerfileDigest, bases, buildArgs } = recipe;
  const contentOf = (files: readonly ContextEntry[]): string | undefined =>
    'path' in dockerfile ? files.find(({ path }) => path === dockerfile.path)?.sha256 : 'inline';
  const content = contentOf(recipe.files);
  const isSameText =
    dockerfileDigest === undefined
      ? content !== undefined && content === contentOf(current.files)
      : dockerfileDigest === digestOf(current.text);
  return (
    isSameText &&
    JSON.stringify(buildArgs) === JSON.stringify(current.buildArgs) &&
    bases.every(({ reference, chain }) => current.chains[reference] === chain) &&
    keysOf(recipe.steps).join() === keysOf(current.steps).join() &&
    filesOf(recipe) === filesOf(current)
  );
}

/** Digests every file of the contexts, with its mode. */
function filesOf({ files, contextFiles }: Pick<Inputs, 'files' | 'contextFiles'>): Digest {
  const fields = (entries: readonly ContextEntry[]) =>
    entries.map(({ path, type, mode, sha256, target }) => [path, type, mode, sha256, target]);
  const contexts = Object.entries(contextFiles).sort(([a], [b]) => (a < b ? -1 : 1));
  const others = contexts.map(([name, entries]) => [name, fields(entries)]);
  return digestOf(JSON.stringify([fields(files), others]));
}

/**
 * Tells whether an image on the engine is what a build would produce: the last rebuild made it from the same inputs,
 * or it is the release’s image and nothing has changed since the export. The release’s image may be older than the
 * captured source; then the captured stages have other layers.
 */
export function isUpToDate(
  present: EngineImage | undefined,
  { images }: BundleManifest,
  rebuild: Rebuild | undefined,
  source: { readonly recipe: Recipe; readonly digest: Digest; readonly isAsCaptured: boolean },
): boolean {
  if (present === undefined) return false;
  const last = rebuild?.results.at(-1);
  if (last?.imageId === present.id) return last.source === source.digest;
  if (!source.isAsCaptured) return false;
  const named = (name: string | undefined) => images.find(({ reference }) => reference === name);
  const shipped = named(source.recipe.image);
  const captured = named(source.recipe.stages.at(-1)?.image);
  return (
    shipped !== undefined &&
    isSameImage(shipped, present) &&
    layersOf(captured) === layersOf(shipped)
  );
}

function layersOf(image: BundleManifest['images'][number] | undefined): string | undefined {
  return image?.layers.map(({ diffId }) => diffId).join();
}

function keysOf(steps: readonly Step[]): string[] {
  return steps.map(({ key }) => key);
}
