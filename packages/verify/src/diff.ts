import {
  type BundleFile,
  type BundleImage,
  type BundleManifest,
  digestOfBlobPath,
  namedByPlatform,
} from '@bundle/format';
import { type CarriedCount, carriedPackages } from './carried-packages.ts';
import type { KnownBundle } from './known-bundle.ts';
import { type SettingChange, settingChanges } from './settings.ts';

export type Change = 'added' | 'removed' | 'changed';

export interface BundleDiff {
  readonly before: Side;
  readonly after: Side;
  readonly images: readonly {
    readonly reference: string;
    readonly change: Change;
    /** Stored bytes of its layers. */
    readonly bytesBefore?: number;
    readonly bytesAfter?: number;
  }[];
  /** Stored layers by digest, each with the images that use it. */
  readonly layers: readonly {
    readonly digest: string;
    readonly change: 'added' | 'removed';
    readonly size: number;
    readonly images: readonly string[];
    /** Set for a layer that the bundle carries as deltas: their bytes, and the diff IDs of the old layers. */
    readonly delta?: { readonly size: number; readonly from: readonly string[] };
  }[];
  /** Files of the application, and those that describe the bundle. */
  readonly files: readonly {
    readonly path: string;
    readonly change: Change;
    readonly sizeBefore?: number;
    readonly sizeAfter?: number;
  }[];
  /** Packages for dependencies that change offline. */
  readonly carriedPackages: {
    readonly before: readonly CarriedCount[];
    readonly after: readonly CarriedCount[];
  };
  /** Undefined where one side is a bundle.json alone: its files cannot be read. */
  readonly settings: readonly SettingChange[] | undefined;
  /** Bytes of `after` that `before` lacks: the size of an incremental bundle without its head. */
  readonly newBytes: number;
  /** Bytes of common blobs. */
  readonly sharedBytes: number;
}

interface Side {
  readonly product: string;
  readonly version: string;
  readonly digest: string;
  readonly stored: number;
}

/** Compares two bundles by bundle.json, and by the small files where both are present. */
export async function diffBundles(before: KnownBundle, after: KnownBundle): Promise<BundleDiff> {
  return {
    ...diffManifests(before.manifest, after.manifest),
    before: sideOf(before),
    after: sideOf(after),
    settings: await settingChanges(before.source, after.source),
  };
}

function sideOf({ manifest, digest }: KnownBundle): Side {
  const { product, version, sizes } = manifest;
  return { product, version, digest, stored: sizes.stored };
}

/** Compares the two documents alone. */
export function diffManifests(
  before: BundleManifest,
  after: BundleManifest,
): Pick<
  BundleDiff,
  'images' | 'layers' | 'files' | 'carriedPackages' | 'newBytes' | 'sharedBytes'
> {
  const has = contentOf(before);
  const isNew = (file: BundleFile): boolean => has.get(file.path)?.sha256 !== file.sha256;
  const sum = (files: readonly BundleFile[]) => files.reduce((total, { size }) => total + size, 0);
  const blobs = after.files.filter(({ path }) => digestOfBlobPath(path) !== undefined);
  return {
    images: imageChanges(namedByPlatform(before), namedByPlatform(after)),
    layers: [...layersBeyond(after, before, 'added'), ...layersBeyond(before, after, 'removed')],
    files: fileChanges(before.files, after.files),
    carriedPackages: { before: carriedPackages(before), after: carriedPackages(after) },
    newBytes: sum(after.files.filter(isNew)),
    sharedBytes: sum(blobs.filter((file) => !isNew(file))),
  };
}

function contentOf({ files }: BundleManifest): ReadonlyMap<string, BundleFile> {
  return new Map(files.map((file) => [file.path, file]));
}

function imageChanges(
  before: readonly BundleImage[],
  after: readonly BundleImage[],
): BundleDiff['images'] {
  const [old, now] = [byReference(before), byReference(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((reference) => {
    const [one, other] = [old.get(reference), now.get(reference)];
    if (one?.imageId === other?.imageId) return [];
    return [
      {
        reference,
        change: changeOf(one, other),
        ...(one === undefined ? {} : { bytesBefore: storedBytes(one) }),
        ...(other === undefined ? {} : { bytesAfter: storedBytes(other) }),
      },
    ];
  });
}

function byReference(images: readonly BundleImage[]): ReadonlyMap<string, BundleImage> {
  return new Map(images.map((image) => [image.reference, image]));
}

function storedBytes({ layers }: BundleImage): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}

function layersBeyond(
  one: BundleManifest,
  other: BundleManifest,
  change: 'added' | 'removed',
): BundleDiff['layers'] {
  const { deltas = [] } = one;
  const known = new Set(
    namedByPlatform(other).flatMap(({ layers }) => layers.map(({ digest }) => digest)),
  );
  const found = new Map<string, { size: number; images: string[] }>();
  for (const { reference, layers } of namedByPlatform(one)) {
    for (const { digest, size } of layers) {
      if (known.has(digest)) continue;
      const layer = found.get(digest) ?? { size, images: [] };
      if (!layer.images.includes(reference)) layer.images.push(reference);
      found.set(digest, layer);
    }
  }
  return [...found].map(([digest, layer]) => {
    const made = deltas.filter((delta) => delta.digest === digest);
    if (made.length === 0 || change === 'removed') return { digest, change, ...layer };
    const from = [...new Set(made.flatMap((delta) => delta.from.map(({ diffId }) => diffId)))];
    const size = made.reduce((sum, delta) => sum + delta.size, 0);
    return { digest, change, ...layer, delta: { size, from } };
  });
}

function fileChanges(
  before: readonly BundleFile[],
  after: readonly BundleFile[],
): BundleDiff['files'] {
  const small = (files: readonly BundleFile[]): ReadonlyMap<string, BundleFile> =>
    new Map(
      files
        .filter(({ path }) => digestOfBlobPath(path) === undefined)
        .map((file) => [file.path, file]),
    );
  const [old, now] = [small(before), small(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((path) => {
    const [one, other] = [old.get(path), now.get(path)];
    if (one?.sha256 === other?.sha256 && one?.executable === other?.executable) return [];
    return [
      {
        path,
        change: changeOf(one, other),
        ...(one === undefined ? {} : { sizeBefore: one.size }),
        ...(other === undefined ? {} : { sizeAfter: other.size }),
      },
    ];
  });
}

function changeOf(before: unknown, after: unknown): Change {
  if (before === undefined) return 'added';
  return after === undefined ? 'removed' : 'changed';
}

export { composeKeysOf, type SettingChange, variablesOf } from './settings.ts';
