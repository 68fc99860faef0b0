import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readError } from '@bundle/files';
import {
  BundleError,
  byteCounter,
  type ErrorCode,
  type PartList,
  paths,
  systemErrorCode,
} from '@bundle/format';
import { joinSegments } from './extent.ts';
import type { Extent } from './extent-types.ts';
import { indexFolder } from './folder-index.ts';
import { damagedParts } from './parts/check-parts.ts';
import { type FindParts, type FoundPart, findParts } from './parts/find-parts.ts';
import { isPart, isPartList, partAlone, readPartList } from './parts/part-list.ts';
import { partsInTurn } from './parts/parts-in-turn.ts';
import { type Entries, indexInTurn, indexSegments, indexTar } from './tar-index.ts';

/** A bundle of either form, read in place. */
export interface BundleSource {
  /** Absolute path of the folder or the file. */
  readonly path: string;
  readonly form: 'folder' | 'tar';
  /** Location of the bytes by in-bundle path. */
  readonly entries: ReadonlyMap<string, Extent>;
  /**
   * Present only if the parts arrive one after the other: iterates over the blobs, which are then not in `entries`.
   * Read each one before requesting the next.
   */
  readonly rest?: () => Entries;
  /** The parts of a split single file, in order. */
  readonly parts?: readonly FoundPart[];
  /** Digest of bundle.json according to the list of parts. */
  readonly listedIdentity?: string;
}

/** Opens a bundle by its path; fails with `bundle-not-found` if there is none. */
export async function openBundle(path: string, find: FindParts = {}): Promise<BundleSource> {
  const absolute = resolve(path);
  if (isPartList(absolute)) return openParts(absolute, find);
  const folder = await isFolder(absolute);
  if (!folder && isPart(absolute)) throw partAlone(absolute);
  const entries = folder ? await indexFolder(absolute) : await indexTar(absolute);
  if (!entries.has(paths.manifest)) throw notFound(absolute, `no ${paths.manifest} in it`);
  return { path: absolute, form: folder ? 'folder' : 'tar', entries };
}

/** Opens a split single file and reads its parts in place. */
async function openParts(path: string, find: FindParts): Promise<BundleSource> {
  const list = await readPartList(path);
  const parts = await findParts(path, list, find);
  if (parts === undefined) return openInTurn(path, list, find);
  const segments = parts.map(({ file, size }) => ({ file, offset: 0, size }));
  const archive = joinSegments(segments, { file: path, offset: 0, size: 0 });
  try {
    const entries = await indexSegments(archive, path);
    if (!entries.has(paths.manifest)) throw notFound(path, `no ${paths.manifest} in it`);
    return { path, form: 'tar', entries, parts, listedIdentity: list.bundle };
  } catch (error) {
    if (!(error instanceof BundleError) || readingCodes.has(error.code)) throw error;
    throw (await damagedPart(path, parts, find)) ?? error;
  }
}

/** Errors that checking the digests of parts would not explain further. */
const readingCodes: ReadonlySet<ErrorCode> = new Set(['input-unreadable', 'medium-failed']);

/** Opens a bundle on media that arrive one after the other: reads the head now, and each blob when it is needed. */
async function openInTurn(path: string, list: PartList, find: FindParts): Promise<BundleSource> {
  const { entries, rest } = await indexInTurn(partsInTurn(path, list, find), path);
  if (!entries.has(paths.manifest)) throw notFound(path, `no ${paths.manifest} in it`);
  return { path, form: 'tar', entries, rest, listedIdentity: list.bundle };
}

/** Finds the first damaged or wrong part. Reads all parts, because only the digests tell. */
export async function damagedPart(
  path: string,
  parts: readonly FoundPart[] = [],
  { onProgress, signal }: FindParts = {},
): Promise<BundleError | undefined> {
  const totalBytes = parts.reduce((sum, { size }) => sum + size, 0);
  const onBytes = byteCounter(onProgress, 'looking for the damaged part', totalBytes);
  const [first] = await damagedParts(path, parts, { onBytes, signal });
  return first?.error;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') throw notFound(path, 'nothing there');
    throw readError(error, path);
  }
}

function notFound(path: string, found: string): BundleError {
  return new BundleError('bundle-not-found', {
    operation: 'opening the bundle',
    subject: path,
    expected: `a bundle folder or single-file bundle with ${paths.manifest}`,
    found,
    hint: 'Give the path that `bundle export` printed.',
  });
}

/** Returns where a file of the bundle is; fails with `file-missing`. */
export function requireEntry(source: BundleSource, path: string): Extent {
  const extent = source.entries.get(path);
  if (extent !== undefined) return extent;
  throw fileMissing(source.path, path);
}

export function fileMissing(where: string, expected: string): BundleError {
  return new BundleError('file-missing', {
    operation: 'reading the bundle',
    subject: where,
    expected,
    found: 'no such file in it',
    hint: 'The bundle is incomplete: copy it again from its source.',
  });
}
