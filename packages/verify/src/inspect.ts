import type { BundleManifest } from '@bundle/format';
import type { FindParts } from '@bundle/store';
import type { Judgement } from '@bundle/trust';
import { type CarriedCount, carriedPackages } from './carried-packages.ts';
import { openManifest } from './open-manifest.ts';
import { judgeSigned } from './signers.ts';
import { type SizePart, sizeParts } from './size-parts.ts';

export interface InspectReport {
  readonly bundle: string;
  readonly digest: string;
  readonly manifest: BundleManifest;
  readonly images: readonly ImageCost[];
  /** Its bytes by what they are for. */
  readonly parts: readonly SizePart[];
  /** Packages for dependencies that change offline; empty if it carries none. */
  readonly carriedPackages: readonly CarriedCount[];
  /** Its signatures, and whether they match their keys; whose keys those are remains unknown. */
  readonly signatures: Judgement;
}

/** Size of an image in a bundle: its own layers, and those shared with others. */
export interface ImageCost {
  readonly reference: string;
  readonly storedBytes: number;
  /** Stored bytes of layers that are not part of another image. */
  readonly ownBytes: number;
  readonly layers: readonly {
    readonly digest: string;
    readonly size: number;
    readonly unpackedSize?: number;
    readonly sharedWith: readonly string[];
  }[];
}

/** Reads bundle.json alone (of a split bundle, the first part). Quick, but no proof that the rest is intact. */
export async function inspectBundle(bundle: string, find?: FindParts): Promise<InspectReport> {
  const opened = await openManifest(bundle, { ...find, headOnly: true });
  const { source, manifest, digest } = opened;
  const signatures = await judgeSigned(opened, { now: new Date() });
  return {
    bundle: source.path,
    digest,
    manifest,
    images: imageCosts(manifest),
    parts: sizeParts(manifest),
    carriedPackages: carriedPackages(manifest),
    signatures,
  };
}

export function imageCosts({ images }: Pick<BundleManifest, 'images'>): ImageCost[] {
  const users = new Map<string, Set<string>>();
  for (const { reference, layers } of images) {
    for (const { digest } of layers) {
      users.set(digest, (users.get(digest) ?? new Set()).add(reference));
    }
  }
  return images.map(({ reference, layers }) => {
    const distinct = [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
    const rows = distinct.map(({ digest, size, unpackedSize }) => ({
      digest,
      size,
      ...(unpackedSize === undefined ? {} : { unpackedSize }),
      sharedWith: [...(users.get(digest) ?? [])].filter((user) => user !== reference),
    }));
    const sum = (some: typeof rows): number => some.reduce((total, { size }) => total + size, 0);
    return {
      reference,
      storedBytes: sum(rows),
      ownBytes: sum(rows.filter(({ sharedWith }) => sharedWith.length === 0)),
      layers: rows,
    };
  });
}
