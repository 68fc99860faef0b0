import { basename } from 'node:path';
import { isEnvFileName } from '@bundle/compose';
import type { ApplicationPlan } from '@bundle/export';
import { foldedPath, paths, reservedPaths } from '@bundle/format';
import type { CheckedSums } from './check-sums.ts';
import type { FolderContents, FolderFile } from './folder.ts';
import type { FoundImage, Match } from './match-images.ts';

/** What happens to a file of the folder. */
export interface FileDecision {
  /** Relative to the folder; a folder that is left out as a whole ends in `/`. */
  readonly path: string;
  readonly decision: 'images' | 'packed' | 'checked' | 'left out';
  readonly why: string;
}

export interface Decided {
  readonly folder: FolderContents;
  readonly plan: Pick<ApplicationPlan, 'files' | 'leftOut' | 'envFiles'>;
  readonly sums: CheckedSums;
  readonly found: readonly FoundImage[];
  readonly matched: readonly Match[];
  /** Tars without images, with the reason. */
  readonly others: ReadonlyMap<string, string>;
}

const reserved = new Set([...reservedPaths].map(foldedPath));

/** Says for each file of the folder what becomes of it, in the order of the folder. */
export function decideFiles(decided: Decided): FileDecision[] {
  const { folder, sums } = decided;
  const files = folder.files.map((file): FileDecision => {
    const { decision, why } = decide(file, decided);
    const lists = sums.get(file.path);
    if (lists === undefined) return { path: file.path, decision, why };
    return { path: file.path, decision, why: `${why} (agrees with ${lists.join(' and ')})` };
  });
  const skipped = folder.skipped.map(
    ({ path, reason }): FileDecision => ({ path, decision: 'left out', why: reason }),
  );
  return [...files, ...skipped].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function decide(
  { path, file, kind }: FolderFile,
  { plan, found, matched, others }: Decided,
): Pick<FileDecision, 'decision' | 'why'> {
  const packed = plan.files.find(({ content }) => 'file' in content && content.file === file);
  if (packed !== undefined) {
    const place = packed.path === path ? '' : `as ${packed.path}: `;
    return { decision: 'packed', why: `${place}${packed.why}` };
  }
  if (kind === 'checksums')
    return { decision: 'checked', why: 'the bundle has a checksum list of its own' };
  if (kind === 'signature')
    return { decision: 'left out', why: 'a signature of a checksum list, which was not checked' };
  const images = found.filter((one) => one.path === path);
  if (images.length > 0) return imagesOf(path, images, matched);
  const other = others.get(path);
  if (other !== undefined) return { decision: 'left out', why: other };
  return otherFile(path, plan);
}

function imagesOf(
  path: string,
  images: readonly FoundImage[],
  matched: readonly Match[],
): Pick<FileDecision, 'decision' | 'why'> {
  const used = matched.filter(({ found }) => found.path === path);
  const uses = used.map(({ wanted, how, found }) => {
    const name = nameOf(found);
    const image = name === wanted.reference ? name : `${name} as ${wanted.reference}`;
    const services = wanted.services.join(', ');
    const use = services === '' ? image : `${image} for ${services}`;
    return how === undefined ? use : `${use}, ${how}`;
  });
  const elsewhere = new Map(
    matched.map(({ found }) => [found.image.configDigest, found.path] as const),
  );
  const unused = images.filter(({ image }) => used.every(({ found }) => found.image !== image));
  const rest = unused.map((one) => {
    const place = elsewhere.get(one.image.configDigest);
    if (place !== undefined && place !== path) return `${nameOf(one)} is the same as in ${place}`;
    return place === undefined ? `no service needs ${nameOf(one)}` : '';
  });
  const why = [...uses, ...rest].filter(Boolean).join('; ');
  return { decision: used.length > 0 ? 'images' : 'left out', why };
}

function nameOf({ image }: FoundImage): string {
  return image.references[0] ?? image.id.slice(0, 'sha256:'.length + 12);
}

function otherFile(
  path: string,
  { files, envFiles }: Decided['plan'],
): Pick<FileDecision, 'decision' | 'why'> {
  const leftOut = (why: string): Pick<FileDecision, 'decision' | 'why'> => ({
    decision: 'left out',
    why,
  });
  if (envFiles.some((one) => one.path === path) || isEnvFileName(basename(path)))
    return leftOut('an env file: its values stay here unless --with-env names it');
  // An example is packed with the names that it lacked, so its bytes are others.
  const own = files.find((one) => one.path === path);
  if (own !== undefined) return { decision: 'packed', why: own.why };
  if (reserved.has(foldedPath(path)) || path === paths.readme || path === paths.imagesInfo)
    return leftOut('the bundle writes its own');
  return leftOut('no service uses it; --with-file packs it');
}
