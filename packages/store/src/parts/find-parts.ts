import { dirname, join, resolve } from 'node:path';
import { sizeOf } from '@bundle/files';
import { BundleError, type OnProgress, type PartList } from '@bundle/format';
import { partDamaged } from './part-list.ts';

/** A part, and where it is. */
export interface FoundPart {
  readonly name: string;
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
}

export interface FindParts {
  /** Further folders to look in: other media. */
  readonly folders?: readonly string[];
  /**
   * Asked for a part that is in none; true: look again. `found` says what is there instead, when that is to be told.
   * Absent where nobody can answer.
   */
  readonly askFor?: ((name: string, found: string | undefined) => Promise<boolean>) | undefined;
  /** Only what describes the bundle will be read: the parts after that may be away. */
  readonly headOnly?: boolean;
  /** While a part is looked at that was put in, and while a damaged one is looked for. */
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** Folders in which parts may be: that of their list, and those that were named. */
export function placesOf(path: string, { folders = [] }: FindParts): readonly string[] {
  return [dirname(resolve(path)), ...folders.map((folder) => resolve(folder))];
}

/**
 * Every part, beside the list or on other media. Undefined when some are away that may be: the media come one after the
 * other. Fails with `part-missing`, which names all that are, or `part-damaged`.
 */
export async function findParts(
  path: string,
  { parts }: PartList,
  find: FindParts,
): Promise<FoundPart[] | undefined> {
  const places = placesOf(path, find);
  const found: FoundPart[] = [];
  const absent: string[] = [];
  for (const part of parts) {
    const file = await findFile(part, places);
    if (file === undefined) absent.push(part.name);
    else if (file.size === part.size) found.push({ ...part, file: file.path });
    else throw partDamaged(path, part.name, `${part.size} bytes`, `${file.size} bytes`);
  }
  if (absent.length === 0) return found;
  if (find.askFor === undefined && find.headOnly !== true) throw missing(path, absent, places);
  return undefined;
}

/** A file with the name of a part, and with its size if there is one. */
export async function findFile(
  { name, size }: { readonly name: string; readonly size: number },
  places: readonly string[],
): Promise<{ path: string; size: number } | undefined> {
  let other: { path: string; size: number } | undefined;
  for (const place of places) {
    const path = join(place, name);
    const found = await sizeOf(path);
    if (found === size) return { path, size };
    if (found !== undefined) other ??= { path, size: found };
  }
  return other;
}

const maxNamed = 10;

export function missing(
  subject: string,
  names: readonly string[],
  places: readonly string[],
): BundleError {
  const more = names.length > maxNamed ? ` and ${names.length - maxNamed} more` : '';
  return new BundleError('part-missing', {
    operation: 'looking for the parts of',
    subject,
    expected: `${names.slice(0, maxNamed).join(', ')}${more}`,
    found: `no such ${names.length === 1 ? 'file' : 'files'} in ${places.join(', ')}`,
    hint: 'Name the folders that they are in, on whatever media, with --parts. Media that go into one drive, one after the other, are asked for on a terminal (without --yes and --json).',
  });
}
