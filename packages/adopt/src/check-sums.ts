import { join, posix } from 'node:path';
import { isAtOrBelow } from '@bundle/compose';
import { readBytesIfThere, sizeOf } from '@bundle/files';
import { BundleError, byteCounter, limits, type WorkOptions } from '@bundle/format';
import { hashExtents } from '@bundle/store';
import { type ListedSum, parseChecksumList } from './checksum-list.ts';
import type { FolderContents, FolderFile } from './folder.ts';

/** Files whose bytes agree with a checksum list, and the lists that name them, by path. */
export type CheckedSums = ReadonlyMap<string, readonly string[]>;

interface Expected extends ListedSum {
  readonly list: string;
  readonly file: FolderFile;
}

/** Problems that one message lists. */
const maxListed = 20;

/**
 * Checks every file of the folder against the checksum lists in it. Fails with `checksum-mismatch`, naming all files that
 * disagree or are missing, and with `folder-invalid` for a list that cannot be used.
 */
export async function checkSums(
  folder: FolderContents,
  { onProgress, signal }: WorkOptions,
): Promise<CheckedSums> {
  const expected: Expected[] = [];
  const missing: string[] = [];
  for (const list of folder.files.filter(({ kind }) => kind === 'checksums')) {
    for (const sum of await readList(list, folder)) {
      const file = await findListed(sum.path, list, folder);
      // A list that was written while its own sum was taken names itself.
      if (file?.path === list.path) continue;
      if (file === undefined) missing.push(`${sum.path} is listed in ${list.path} and not there`);
      else expected.push({ ...sum, list: list.path, file });
    }
  }
  const files = [...new Map(expected.map(({ file }) => [file.path, file])).values()];
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const onBytes = byteCounter(onProgress, 'checking checksums', total);
  const jobs = files.map(({ path, file, size }) => ({
    name: path,
    extent: { file, offset: 0, size },
  }));
  const hashes = await hashExtents(jobs, { onBytes, signal });
  const found = new Map(hashes.map((hash) => [hash.name, hash]));
  const wrong = expected.flatMap(({ file: { path }, sha256, list }) => {
    const { sha256: own, reason } = found.get(path) ?? {};
    if (reason !== undefined) return [`${path} cannot be read: ${reason}`];
    return own === sha256 ? [] : [`${path} has ${own}, and ${list} says ${sha256}`];
  });
  const problems = [...wrong, ...missing];
  if (problems.length > 0) throw mismatch(folder.root, problems);
  const lists = Map.groupBy(expected, ({ file }) => file.path);
  return new Map(
    [...lists].map(([path, all]) => [path, [...new Set(all.map(({ list }) => list))]]),
  );
}

async function readList(
  { path, file, size }: FolderFile,
  { files }: FolderContents,
): Promise<readonly ListedSum[]> {
  if (size > limits.maxChecksumsBytes) throw unusable(file, `a file of ${size} bytes`);
  const alone = path.replace(/\.\w+$/, '');
  const isOfOne = files.some((one) => one.path === alone);
  const bytes = (await readBytesIfThere(file)) ?? Buffer.alloc(0);
  const { sums, problems } = parseChecksumList(bytes, isOfOne ? posix.basename(alone) : undefined);
  if (problems.length === 0) return sums;
  throw unusable(file, shown(problems));
}

function unusable(file: string, found: string): BundleError {
  return new BundleError('folder-invalid', {
    operation: 'reading the checksum list',
    subject: file,
    expected: 'lines as sha256sum writes them',
    found,
    hint: 'Make the list again with `sha256sum`, or leave the lists unchecked with --no-checksums.',
  });
}

/** Finds the file that a line means. Paths are relative to the list; absolute ones were those of another host. */
async function findListed(
  written: string,
  list: FolderFile,
  { root, files }: FolderContents,
): Promise<FolderFile | undefined> {
  const at = async (path: string): Promise<FolderFile | undefined> => {
    const inside = posix.join(posix.dirname(list.path), path);
    const known = files.find((file) => file.path === inside);
    const file = join(root, inside);
    if (known !== undefined || !isAtOrBelow(file, root)) return known;
    // Folders that are left out as a whole are not listed.
    const size = await sizeOf(file);
    return size === undefined ? undefined : { path: inside, file, size, kind: 'other' };
  };
  const isAbsolute = /^(?:\/|[A-Za-z]:\\)/.test(written);
  if (!isAbsolute) return (await at(written)) ?? (await at(written.replaceAll('\\', '/')));
  const name = posix.basename(written.replaceAll('\\', '/'));
  const [only, ...others] = files.filter(({ path }) => posix.basename(path) === name);
  return others.length === 0 ? only : undefined;
}

function mismatch(subject: string, problems: readonly string[]): BundleError {
  return new BundleError('checksum-mismatch', {
    operation: 'checking the checksum lists of',
    subject,
    expected: 'every listed file, with the bytes that its sum says',
    found: shown(problems),
    hint: 'Get these files again from where the folder was made. If they were changed on purpose, make the list again.',
  });
}

function shown(problems: readonly string[]): string {
  const more = problems.length - maxListed;
  return [...problems.slice(0, maxListed), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}
