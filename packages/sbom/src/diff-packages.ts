import type { BundleImage, BundleManifest, WorkOptions } from '@bundle/format';
import { bundlePackages, type LayerPlaces } from './bundle-packages.ts';
import { type ImagePackages, versionText } from './image-packages.ts';
import type { PackageType } from './package.ts';
import type { RecordCache } from './record-cache.ts';

/** A package of an image that was added, removed or updated. */
export interface PackageChange {
  /** The image in the later bundle; for one that is gone, in the earlier bundle. */
  readonly reference: string;
  readonly type: PackageType;
  readonly name: string;
  readonly change: 'added' | 'removed' | 'updated';
  /** Versions, in order. There may be several of one package, such as of npm. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** An image of two bundles, or of one of them. */
export interface ImagePair {
  readonly before?: BundleImage;
  readonly after?: BundleImage;
}

/**
 * Pairs the images of the applications in two bundles that have other content: those of one name, else those that the
 * same service runs.
 */
export function changedImages(
  before: readonly BundleImage[],
  after: readonly BundleImage[],
): ImagePair[] {
  const left = new Set(before.filter(({ use }) => use === undefined));
  const pairs: ImagePair[] = [];
  const take = (isSame: (old: BundleImage) => boolean): BundleImage | undefined => {
    const found = [...left].find(isSame);
    if (found !== undefined) left.delete(found);
    return found;
  };
  const unpaired: BundleImage[] = [];
  for (const image of after.filter(({ use }) => use === undefined)) {
    const old = take(({ reference }) => reference === image.reference);
    if (old === undefined) unpaired.push(image);
    else pairs.push({ before: old, after: image });
  }
  for (const image of unpaired) {
    const old = take(({ services }) => services.some((name) => image.services.includes(name)));
    pairs.push({ after: image, ...(old && { before: old }) });
  }
  for (const old of left) pairs.push({ before: old });
  return pairs.filter((pair) => pair.before?.imageId !== pair.after?.imageId);
}

/** A bundle, or a bundle.json alone. */
export interface ComparedBundle {
  readonly manifest: BundleManifest;
  readonly source?: LayerPlaces;
}

/** What changed inside images, and why that may not be all. */
export interface PackageDiff {
  readonly changes: readonly PackageChange[];
  readonly problems: readonly string[];
}

/** Compares the packages of the images that changed from one bundle to another. Fails as `bundlePackages` does. */
export async function packageChanges(
  before: ComparedBundle,
  after: ComparedBundle,
  cache: RecordCache,
  work: WorkOptions,
): Promise<PackageDiff> {
  const pairs = changedImages(before.manifest.images, after.manifest.images);
  const read = async (
    { manifest, source = { entries: new Map() } }: ComparedBundle,
    images: readonly (BundleImage | undefined)[],
  ): Promise<ReadonlyMap<string, ImagePackages>> => {
    const wanted = images.filter((image) => image !== undefined);
    const found = await bundlePackages({ source, manifest }, wanted, cache, work);
    return new Map(found.map((image) => [image.reference, image]));
  };
  const old = await read(
    before,
    pairs.map((pair) => pair.before),
  );
  const now = await read(
    after,
    pairs.map((pair) => pair.after),
  );
  return {
    changes: pairs.flatMap((pair) =>
      diffPackages(old.get(pair.before?.reference ?? ''), now.get(pair.after?.reference ?? '')),
    ),
    problems: [...old.values(), ...now.values()].flatMap(({ reference, problems }) =>
      problems.map(({ path, problem }) => `${reference}: ${path ? `${path} ` : ''}${problem}`),
    ),
  };
}

/** Compares the packages of one image in two bundles. Either one may be missing. */
export function diffPackages(
  before: ImagePackages | undefined,
  after: ImagePackages | undefined,
): PackageChange[] {
  const reference = after?.reference ?? before?.reference ?? '';
  const [old, now] = [versionsOf(before), versionsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((key) => {
    const [one, other] = [old.get(key), now.get(key)];
    const { type, name } = other ?? one ?? { type: 'generic', name: '' };
    const [from, to] = [one?.versions ?? [], other?.versions ?? []];
    if (from.join('\0') === to.join('\0') && one !== undefined && other !== undefined) return [];
    const change = one === undefined ? 'added' : other === undefined ? 'removed' : 'updated';
    return [{ reference, type, name, change, before: from, after: to }];
  });
}

interface Versions {
  readonly type: PackageType;
  readonly name: string;
  readonly versions: string[];
}

function versionsOf(image: ImagePackages | undefined): Map<string, Versions> {
  const found = new Map<string, Versions>();
  for (const one of image?.packages ?? []) {
    const { type, group, architecture } = one;
    const name = group === undefined ? one.name : `${group}:${one.name}`;
    // Packages of two architectures may be installed side by side.
    const key = [type, name, architecture ?? ''].join('\0');
    const entry = found.get(key) ?? { type, name, versions: [] };
    const version = versionText(one);
    if (!entry.versions.includes(version)) entry.versions.push(version);
    found.set(key, entry);
  }
  for (const { versions } of found.values()) versions.sort();
  return found;
}
