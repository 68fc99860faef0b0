import type { Digest } from '@bundle/format';
import { CoveredPaths } from './layer/covered-paths.ts';
import type { FoundFile, LayerRecord } from './layer/record.ts';
import type { Package } from './package.ts';
import type { Distribution } from './read/os-release.ts';

/** A package, and the file of the image that lists it. */
export interface ListedPackage extends Package {
  readonly path: string;
}

/** Why a list of packages may be incomplete. */
export interface SbomProblem {
  /** File in the image; absent where it concerns a layer or the image. */
  readonly path?: string;
  readonly problem: string;
}

/** The packages of one image. */
export interface ImagePackages {
  readonly reference: string;
  readonly imageId: Digest;
  readonly distribution?: Distribution;
  /** Sorted by type, name, version and path. */
  readonly packages: readonly ListedPackage[];
  readonly problems: readonly SbomProblem[];
}

/** A layer of an image: its record, or why there is none. */
export type RecordedLayer = LayerRecord | { readonly missing: string };

/** Puts the layers of an image on one another, bottom first: later ones replace and delete files of earlier ones. */
export function imagePackages(
  { reference, imageId }: { readonly reference: string; readonly imageId: Digest },
  layers: readonly RecordedLayer[],
): ImagePackages {
  const files = new Map<string, FoundFile>();
  const distributions = new Map<string, Distribution>();
  const problems: SbomProblem[] = [];
  for (const layer of layers) {
    if ('missing' in layer) {
      problems.push({ problem: layer.missing });
      continue;
    }
    const covered = new CoveredPaths(layer.covered);
    for (const path of files.keys()) if (covered.covers(path)) files.delete(path);
    for (const path of distributions.keys()) if (covered.covers(path)) distributions.delete(path);
    for (const file of layer.files) files.set(file.path, file);
    for (const { path, ...one } of layer.distributions) distributions.set(path, distribution(one));
    problems.push(...layer.problems.map((problem) => ({ problem })));
  }
  // The file in /etc counts (os-release(5)); most often it is a link to the other one.
  const found = distributions.get('etc/os-release') ?? distributions.get('usr/lib/os-release');
  const all = [...files.values()];
  if (all.length === 0) problems.push({ problem: 'no package database and no package was found' });
  return {
    reference,
    imageId,
    ...(found && { distribution: found }),
    packages: sorted(all),
    problems: [
      ...problems,
      ...all.flatMap(({ path, problems: some = [] }) => some.map((problem) => ({ path, problem }))),
    ],
  };
}

function distribution({
  id,
  version,
  title,
}: {
  id: string;
  version?: string | undefined;
  title?: string | undefined;
}): Distribution {
  return { id, ...(version && { version }), ...(title && { title }) };
}

function sorted(files: readonly FoundFile[]): ListedPackage[] {
  const keyed = new Map<string, ListedPackage>();
  for (const { path, packages } of files) {
    for (const one of packages) keyed.set(sortKey(one, path), { ...one, path });
  }
  return [...keyed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function sortKey(
  { type, name, version, group, architecture, epoch }: Package,
  path: string,
): string {
  return [type, group, name, version, epoch, architecture, path]
    .map((part) => part ?? '')
    .join('\0');
}

/** Returns a version as people compare it, with the epoch that RPM keeps apart. */
export function versionText({ version = '', epoch }: Package): string {
  return epoch === undefined || epoch === '0' ? version : `${epoch}:${version}`;
}
