import { basename, posix } from 'node:path';
import type { ArchivedImage } from '@bundle/engine/archives';
import type { PlannedImage } from '@bundle/export';
import {
  BundleError,
  type Platform,
  packedReference,
  parseReference,
  runsOn,
  shortDigest,
} from '@bundle/format';

/** An image in one of the tars. */
export interface FoundImage {
  /** Path of the tar in the folder. */
  readonly path: string;
  readonly isCompressed: boolean;
  readonly image: ArchivedImage;
}

export type Wanted = Pick<PlannedImage, 'reference' | 'source' | 'services' | 'built'>;

export interface Match {
  readonly wanted: Wanted;
  readonly found: FoundImage;
  /** How the image was recognized, unless it has the very name. */
  readonly how?: 'chosen' | 'by its name' | 'by the name of its file';
}

export interface Matches {
  readonly matched: readonly Match[];
  /** Images in no tar, each with those in tars that it may mean. */
  readonly missing: readonly {
    readonly wanted: Wanted;
    readonly candidates: readonly FoundImage[];
  }[];
}

/**
 * Finds the image of each service in the tars: the one that `chosen` names for the service, the one with its name, or for
 * a service that is built, or an image without any name, the only one that is called like the service. Fails with
 * `folder-invalid` if two tars have different images of one name.
 */
export function matchImages(
  wanted: readonly Wanted[],
  found: readonly FoundImage[],
  platform: Platform,
  chosen: ReadonlyMap<string, string>,
): Matches {
  checkServices(wanted, chosen);
  const suitable = found.filter(({ image }) => runsOn(image.platform, platform));
  const matched: Match[] = [];
  const missing: Matches['missing'][number][] = [];
  for (const one of wanted) {
    const match =
      chosenFor(one, found, chosen) ??
      // An image for another platform is found too, so that the message can say so.
      byName(one, suitable) ??
      byName(one, found) ??
      likeService(one, suitable);
    if (match !== undefined) matched.push(match);
    else missing.push({ wanted: one, candidates: candidatesFor(one, suitable, wanted) });
  }
  return { matched, missing };
}

function checkServices(wanted: readonly Wanted[], chosen: ReadonlyMap<string, string>): void {
  const services = wanted.flatMap((one) => one.services);
  const unknown = [...chosen.keys()].find((name) => !services.includes(name));
  if (unknown === undefined) return;
  throw new BundleError('usage', {
    operation: 'choosing the image of',
    subject: unknown,
    expected: `a service of the Compose file: ${services.toSorted().join(', ')}`,
    found: 'no service of that name',
    hint: 'Correct --image SERVICE=IMAGE.',
  });
}

function chosenFor(
  wanted: Wanted,
  found: readonly FoundImage[],
  chosen: ReadonlyMap<string, string>,
): Match | undefined {
  const service = wanted.services.find((name) => chosen.has(name));
  if (service === undefined) return undefined;
  const given = chosen.get(service) ?? '';
  const name = referenceOf(given);
  const named = found.filter(({ image }) => name !== undefined && image.references.includes(name));
  const inFile = found.filter(({ path }) => path === given || basename(path) === given);
  const image = onlyOne(given, named.length > 0 ? named : inFile);
  if (image !== undefined) return { wanted, found: image, how: 'chosen' };
  throw new BundleError('image-not-found', {
    operation: 'looking for the image that --image names for',
    subject: service,
    expected: given,
    found: listed(found) || 'no image in any tar',
    hint: 'Name an image as one of the tars has it, or a tar with just one image.',
  });
}

function byName(wanted: Wanted, found: readonly FoundImage[]): Match | undefined {
  const { reference } = wanted;
  // podman keeps images that it built under localhost/.
  for (const name of [reference, `localhost/${reference}`]) {
    const named = found.filter(({ image }) => image.references.includes(name));
    const image = onlyOne(name, named);
    if (image !== undefined) return { wanted, found: image };
  }
  return undefined;
}

function likeService(wanted: Wanted, found: readonly FoundImage[]): Match | undefined {
  const like = found.filter((one) => isLike(one, wanted));
  const contents = new Set(like.map(({ image }) => image.configDigest));
  const [first] = like;
  if (first === undefined || contents.size > 1) return undefined;
  const isNamed = first.image.references.length > 0;
  return { wanted, found: first, how: isNamed ? 'by its name' : 'by the name of its file' };
}

/** Tells whether an image is called like one of the services: `shop_backend:1` or `backend-image.tar` for `backend`. */
function isLike({ path, image }: FoundImage, { services, built }: Wanted): boolean {
  const stem = stemOf(path);
  const names = image.references.map((reference) =>
    posix.basename(reference.replace(/:[^:/]+$/, '')),
  );
  return services.some((service) => {
    if (names.length === 0) return stem === service;
    return built && names.some((name) => name === service || isSuffix(name, service));
  });
}

function isSuffix(name: string, service: string): boolean {
  return name.endsWith(`-${service}`) || name.endsWith(`_${service}`);
}

/** Returns the name of a tar without its endings and the word image: `backend` for `images/backend-image.tar.gz`. */
function stemOf(path: string): string {
  return posix
    .basename(path)
    .replace(/(?:\.(?:tar|t?gz|t?xz|zst|tzst))+$/i, '')
    .replace(/[-_.]?images?$/i, '');
}

/** Lists the images that no service has by name; they are what a missing image may be called in the tars. */
function candidatesFor(
  { built }: Wanted,
  found: readonly FoundImage[],
  wanted: readonly Wanted[],
): FoundImage[] {
  const taken = new Set(wanted.map(({ reference }) => reference));
  const free = found.filter(({ image }) => !image.references.some((name) => taken.has(name)));
  return built ? free : free.filter(({ image }) => image.references.length > 0);
}

/** Returns the image that all of these are; a plain tar before a compressed one, which is read twice. */
function onlyOne(name: string, found: readonly FoundImage[]): FoundImage | undefined {
  const [first] = found.toSorted((a, b) => Number(a.isCompressed) - Number(b.isCompressed));
  const other = found.find(({ image }) => image.configDigest !== first?.image.configDigest);
  if (first === undefined || other === undefined) return first;
  throw new BundleError('folder-invalid', {
    operation: 'choosing the image',
    subject: name,
    expected: 'one image of this name',
    found: [first, other]
      .map(({ path, image }) => `${shortDigest(image.configDigest)} in ${path}`)
      .join(' and '),
    hint: 'Remove the old tar, or choose one with --image SERVICE=FILE.',
  });
}

/** Names images for a message: each with its tar. */
export function listed(found: readonly FoundImage[]): string {
  return found
    .map(({ path, image }) => `${image.references[0] ?? shortDigest(image.id)} (${path})`)
    .join(', ');
}

function referenceOf(text: string): string | undefined {
  const parsed = parseReference(text);
  return parsed && packedReference(parsed);
}
