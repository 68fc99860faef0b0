import { join } from 'node:path';
import { BundleError, parseJson, paths, reasonOf } from '@bundle/format';
import {
  currentOf,
  type Instance,
  instanceOf,
  listInstances,
  placesOf,
  readKept,
  readStaged,
  rememberedBundle,
  type StagedRelease,
} from '@bundle/host';
import { type Recipe, type Recipes, recipesSchema } from '@bundle/recipe';

/** The current release of an instance, with its recipes. */
export interface RebuildableRelease extends StagedRelease {
  readonly recipes: readonly Recipe[];
  /** Version of the engine that built the captured stages. */
  readonly engine: string;
  /** Image store of that engine; absent in older bundles. */
  readonly store?: 'graph-driver' | 'containerd' | undefined;
  /** Path of the bundle when it was imported. */
  readonly bundle?: string | undefined;
  /** The project’s folder in the carried source, if any. */
  readonly source?: { readonly project: string } | undefined;
}

/**
 * Finds the instance of the product, which may be omitted where only one is installed. Fails with
 * `rebuild-unavailable` where there is none.
 */
export async function chooseRebuildable(
  stateDir: string,
  product: string | undefined,
): Promise<Instance> {
  const products = (await listInstances(stateDir)).map(({ name }) => name);
  const chosen = product ?? (products.length === 1 ? products[0] : undefined);
  if (chosen === undefined || !products.includes(chosen)) {
    throw new BundleError('rebuild-unavailable', {
      operation: 'looking for the installed application in',
      subject: stateDir,
      expected: product ?? 'one product',
      found: products.length === 0 ? 'none' : products.join(', '),
      hint:
        products.length === 0
          ? 'Import its bundle first, or name the state folder with --state-dir.'
          : 'Name one of them with --name.',
    });
  }
  return instanceOf(stateDir, chosen);
}

/**
 * Reads the current release of an instance. Fails with `rebuild-unavailable` where no release is current, or where its
 * bundle was packed without rebuilds.
 */
export async function readRebuildable(instance: Instance): Promise<RebuildableRelease> {
  const current = await currentOf(instance);
  if (current === undefined) throw missing(placesOf(instance).current);
  const release = await readStaged(instance, current);
  const { manifest, folder } = release;
  const isPacked = manifest.files.some(({ path }) => path === paths.recipes);
  if (!isPacked) {
    throw new BundleError('rebuild-unavailable', {
      operation: 'reading the recipes of',
      subject: `${manifest.product} ${manifest.version}`,
      expected: `${paths.recipes} in its bundle`,
      found: 'a bundle that was packed without rebuilds',
      hint: 'Export it again without --no-rebuild, on an engine that has built it.',
    });
  }
  const text = (await readKept(release, paths.recipes)) ?? '';
  return { ...release, bundle: await rememberedBundle(release), ...parseRecipes(text, folder) };
}

function missing(path: string): BundleError {
  return new BundleError('rebuild-unavailable', {
    operation: 'reading the installed release',
    subject: path,
    found: 'no such file',
    hint: 'Import the bundle again: it makes its release current.',
  });
}

function parseRecipes(text: string, folder: string): Recipes {
  try {
    return recipesSchema.parse(parseJson(Buffer.from(text)));
  } catch (error) {
    throw new BundleError('manifest-invalid', {
      operation: 'reading',
      subject: join(folder, paths.recipes),
      found: reasonOf(error),
      hint: 'Update the bundle command on this host, or get the bundle again from its source.',
    });
  }
}

/** Selects the recipes of the named services; all of them for an empty list. */
export function chooseRecipes(
  { recipes, manifest }: RebuildableRelease,
  services: readonly string[],
): Recipe[] {
  if (services.length === 0) return [...recipes];
  const chosen = services.map((service) => {
    const recipe = recipes.find((one) => one.services.includes(service));
    if (recipe !== undefined) return recipe;
    throw new BundleError('rebuild-unavailable', {
      operation: 'looking for the build of',
      subject: service,
      expected: `one of ${recipes.flatMap((one) => one.services).join(', ')}`,
      found: manifest.images.some((image) => image.services.includes(service))
        ? 'a service whose build is not in the bundle'
        : 'no such service',
      hint: 'Only services with a `build:` section that the export captured can be rebuilt.',
    });
  });
  return [...new Set(chosen)];
}
