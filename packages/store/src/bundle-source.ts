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

/** A bundle that is read where it is, whichever form it has. */
export interface BundleSource {
  /** Absolute path of the folder or the file. */
  readonly path: string;
  readonly form: 'folder' | 'tar';
  /** In-bundle path to where the bytes are. */
  readonly entries: ReadonlyMap<string, Extent>;
  /**
   * Only where the parts come one after the other: walks over the blobs, which are then not among `entries`. Each is to
   * be read before the next one is asked for.
   */
  readonly rest?: () => Entries;
  /** Of a single file in parts, in their order. */
  readonly parts?: readonly FoundPart[];
  /** Digest of bundle.json, as the list of the parts has it. */
  readonly listedIdentity?: string;
}

/** Opens a bundle by its path; fails with `bundle-not-found` when there is none. */
export async function openBundle(path: string, find: FindParts = {}): Promise<BundleSource> {
  const absolute = resolve(path);
  if (isPartList(absolute)) return openParts(absolute, find);
  const folder = await isFolder(absolute);
  if (!folder && isPart(absolute)) throw partAlone(absolute);
  const entries = folder ? await indexFolder(absolute) : await indexTar(absolute);
  if (!entries.has(paths.manifest)) throw notFound(absolute, `no ${paths.manifest} in it`);
  return { path: absolute, form: folder ? 'folder' : 'tar', entries };
}

/** A single file in parts, read where they are. */
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

/** What a part's digest would say nothing more about. */
const readingCodes: ReadonlySet<ErrorCode> = new Set(['input-unreadable', 'medium-failed']);

/** Media that come one after the other: what describes the bundle now, the blobs as they are read. */
async function openInTurn(path: string, list: PartList, find: FindParts): Promise<BundleSource> {
  const { entries, rest } = await indexInTurn(partsInTurn(path, list, find), path);
  if (!entries.has(paths.manifest)) throw notFound(path, `no ${paths.manifest} in it`);
  return { path, form: 'tar', entries, rest, listedIdentity: list.bundle };
}

/** Finds the first part that is not what it should be: which one, only its digest says, so all of them are read. */
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

/** Where a file of the bundle is; fails with `file-missing`. */
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
    hint: 'The bundle is not complete: copy it again from its source.',
  });
}
