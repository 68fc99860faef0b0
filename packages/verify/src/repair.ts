import { rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  ioError,
  partialPath,
  removeStalePartials,
  sizeOf,
  syncFolder,
  writeNew,
} from '@bundle/files';
import { BundleError, byteCounter, type OnProgress, type PartList } from '@bundle/format';
import {
  damagedParts,
  type Extent,
  type FoundPart,
  isPartList,
  partDamaged,
  readPartList,
  streamVerified,
} from '@bundle/store';

export interface RepairOptions {
  /** Path of the copy's list of parts. */
  readonly list: string;
  /** The original: its list, its folder, or the unsplit single file. */
  readonly from: string;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

export interface RepairReport {
  readonly checked: number;
  /** Names of the parts fetched again, with the reasons. */
  readonly repaired: readonly { readonly name: string; readonly why: string }[];
}

/** Fetches missing and damaged parts of a copy again; the others are not touched. */
export async function repairParts(options: RepairOptions): Promise<RepairReport> {
  const { list: path, from, onProgress, signal } = options;
  const list = await readPartList(path);
  await removeLeftovers(path, list);
  const bad = await badParts(path, list, onProgress, signal);
  const totalBytes = list.parts.reduce(
    (sum, { name, size }) => sum + (bad.has(name) ? size : 0),
    0,
  );
  let doneBytes = 0;
  let start = 0;
  for (const { name, size, sha256 } of list.parts) {
    if (bad.has(name)) {
      const original = await originalOf(from, name, start, size);
      await fetchPart(join(dirname(resolve(path)), name), original, sha256, (count) => {
        signal.throwIfAborted();
        doneBytes += count;
        onProgress({ phase: 'repairing', doneBytes, totalBytes, detail: name });
      });
    }
    start += size;
  }
  return {
    checked: list.parts.length,
    repaired: [...bad].map(([name, why]) => ({ name, why })),
  };
}

/** Removes what killed repairs left beside the parts: it takes the space that the missing parts need. */
async function removeLeftovers(path: string, { parts }: PartList): Promise<void> {
  const names = new Set(parts.map(({ name }) => name));
  try {
    await removeStalePartials(dirname(resolve(path)), (name) => names.has(name));
  } catch (error) {
    throw ioError(error, 'removing leftovers beside', path, 'output-unwritable');
  }
}

async function badParts(
  path: string,
  { parts }: PartList,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const bad = new Map<string, string>();
  const present: FoundPart[] = [];
  for (const part of parts) {
    const file = join(dirname(resolve(path)), part.name);
    const size = await sizeOf(file);
    if (size === undefined) bad.set(part.name, 'missing');
    else if (size !== part.size) bad.set(part.name, `${size} bytes instead of ${part.size}`);
    else present.push({ ...part, file });
  }
  const totalBytes = present.reduce((sum, { size }) => sum + size, 0);
  const onBytes = byteCounter(onProgress, 'checking parts', totalBytes);
  for (const { part, error } of await damagedParts(path, present, { onBytes, signal })) {
    bad.set(part.name, error.details.found ?? 'damaged');
  }
  return bad;
}

/** Finds a part's bytes in the original. */
async function originalOf(
  from: string,
  name: string,
  start: number,
  size: number,
): Promise<Extent> {
  const path = resolve(from);
  const folder = isPartList(path) ? dirname(path) : path;
  const file = join(folder, name);
  if ((await sizeOf(file)) !== undefined) return { file, offset: 0, size };
  const whole = await sizeOf(path);
  if (whole !== undefined && !isPartList(path) && whole >= start + size) {
    return { file: path, offset: start, size };
  }
  throw new BundleError('part-missing', {
    operation: 'looking in the original for',
    subject: name,
    expected: 'the list, the folder or the single file of the same bundle',
    found: `nothing of that kind at ${from}`,
    hint: 'Name the original with --from.',
  });
}

async function fetchPart(
  target: string,
  original: Extent,
  sha256: string,
  onBytes: (count: number) => void,
): Promise<void> {
  const partial = await partialPath(target);
  try {
    await rm(partial, { force: true });
    const bytes = counted(streamVerified(original, sha256, original.file), onBytes);
    await writeNew(partial, bytes, 0o644);
    await rename(partial, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof BundleError && error.code === 'digest-mismatch') {
      const { expected = '', found = '' } = error.details;
      throw partDamaged(original.file, 'the original', expected, found);
    }
    throw ioError(error, 'writing the part', target, 'output-unwritable');
  }
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  onBytes: (count: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    yield chunk;
    onBytes(chunk.length);
  }
}
