import { type BundleManifest, parseReference } from '@bundle/format';
import type { Check } from './check.ts';

/** A release on this host with the name of the incoming one. */
export interface EarlierRelease {
  readonly version: string;
  readonly images: BundleManifest['images'];
}

export interface ApplicationFacts {
  readonly manifest: BundleManifest;
  /** Name of the instance. */
  readonly project: string;
  /** The release that runs there, or ran or was imported last; absent for a new instance. */
  readonly earlier?: EarlierRelease;
}

/**
 * Checks that a release follows one of the same application: otherwise it would replace another application of that
 * name and take over its volumes.
 */
export function applicationCheck({ manifest, project, earlier }: ApplicationFacts): Check {
  const name = 'application';
  if (earlier === undefined) return { name, result: 'pass', found: `${project} is new here` };
  if (isSameApplication(manifest.images, earlier.images)) {
    return { name, result: 'pass', found: `${project} ${earlier.version} is here` };
  }
  const found = `${project} ${earlier.version} is here and seems to be a different application, with ${servicesText(earlier.images)}; this one has ${servicesText(manifest.images)}`;
  const hint =
    'Import this one beside it under another name, with --name. If it does replace the other one: --ignore application.';
  return { name, result: 'fail', found, hint };
}

/** Tells whether a service has an image of the same name in both, regardless of tag and registry. */
function isSameApplication(
  now: BundleManifest['images'],
  before: BundleManifest['images'],
): boolean {
  const known = new Set(servicesOf(before));
  const own = servicesOf(now);
  // Applications without services cannot be distinguished.
  return own.length === 0 || known.size === 0 || own.some((one) => known.has(one));
}

function servicesOf(images: BundleManifest['images']): string[] {
  return images.flatMap(({ services, reference }) => {
    const name = parseReference(reference)?.name.replace(/^[^/]+\/(?:library\/)?/, '');
    return services.map((service) => `${service} ${name}`);
  });
}

function servicesText(images: BundleManifest['images']): string {
  const names = [...new Set(images.flatMap(({ services }) => services))].sort();
  return `${names.length === 1 ? 'the service' : 'the services'} ${names.join(', ')}`;
}
