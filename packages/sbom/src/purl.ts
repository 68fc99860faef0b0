import { PackageURL } from 'packageurl-js';
import type { Package } from './package.ts';
import type { Distribution } from './read/os-release.ts';

/** Types whose packages belong to a distribution. */
const ofDistribution: ReadonlySet<string> = new Set(['deb', 'apk', 'rpm']);

/** Returns the package URL of a package; undefined where its name cannot be part of one. */
export function purlOf(one: Package, distribution: Distribution | undefined): string | undefined {
  const { type, version, architecture, epoch, source } = one;
  const { namespace, name } = placeOf(one, distribution);
  const isOfDistribution = ofDistribution.has(type);
  const distro = [distribution?.id, distribution?.version].filter((part) => part !== undefined);
  const qualifiers = Object.fromEntries(
    Object.entries({
      arch: architecture,
      distro: isOfDistribution && distro.length > 0 ? distro.join('-') : undefined,
      epoch,
      upstream: source,
    }).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  try {
    return new PackageURL(type, namespace, name, version, qualifiers, undefined).toString();
  } catch {
    return undefined;
  }
}

function placeOf(
  { type, name, group }: Package,
  distribution: Distribution | undefined,
): { readonly namespace: string | undefined; readonly name: string } {
  if (ofDistribution.has(type)) return { namespace: distribution?.id, name };
  if (group !== undefined) return { namespace: group, name };
  const slash = type === 'npm' || type === 'golang' ? name.lastIndexOf('/') : -1;
  if (slash === -1) return { namespace: undefined, name };
  return { namespace: name.slice(0, slash), name: name.slice(slash + 1) };
}
