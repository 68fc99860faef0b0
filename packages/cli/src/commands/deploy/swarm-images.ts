import { readRegistrySettings } from '@bundle/distribution';
import { type BundleManifest, parseReference } from '@bundle/format';
import { type NodeImages, pinnedName, runImages } from '@bundle/host';
import { type PushReport, parseTarget, pushBundle, registryReferences } from '@bundle/push';
import { repositoryNames } from '@bundle/registry';
import { openManifest } from '@bundle/verify';
import type { Context } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import { usageError } from '../../usage.ts';
import type { SwarmChoice } from './swarm-options.ts';

/** Pushes the images of a bundle to the registry of the nodes, if there is one. */
export async function pushFor(
  context: Context,
  given: string,
  options: SwarmChoice,
): Promise<PushReport | undefined> {
  if (options.registry === undefined) return undefined;
  const { env, onProgress, signal } = context;
  const bundle = await openManifest(await findBundle(given), findPartsWith(options, context));
  const settings = await readRegistrySettings(env, options.plainHttp);
  const target = parseTarget(options.registry);
  return pushBundle(bundle, { target, settings, dryRun: options.dryRun, onProgress, signal });
}

/**
 * Returns the references by which the nodes find the images of a release: digests in a registry, or the lasting names
 * of images that are loaded on each node. Without an option, those of the last deployment stay.
 */
export function nodeImages(
  manifest: BundleManifest,
  { registry, fromServe }: Pick<SwarmChoice, 'registry' | 'fromServe'>,
  earlier: NodeImages | undefined,
): NodeImages {
  const { images } = manifest;
  if (registry !== undefined) return registryReferences(images, parseTarget(registry));
  if (fromServe !== undefined) {
    return Object.fromEntries(
      images.map(({ reference, manifestDigest }) => [
        reference,
        servedName(fromServe, reference, manifestDigest),
      ]),
    );
  }
  return (
    earlier ??
    Object.fromEntries(runImages(manifest).map((one) => [one.reference, pinnedName(one)]))
  );
}

function servedName(address: string, reference: string, digest: string): string {
  const names = repositoryNames(reference);
  const served = `${address}/${names?.listed ?? reference}:${names?.tag ?? 'latest'}@${digest}`;
  if (/^[^/]+:\d+$/.test(address) && parseReference(served) !== undefined) return served;
  throw usageError('--from-serve', 'HOST:PORT of bundle serve, such as 10.0.0.5:5000', address);
}
