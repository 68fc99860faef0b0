import { dirname, join, resolve } from 'node:path';
import { sizeOf } from '@bundle/files';
import { BundleError, type OnProgress, type PartList } from '@bundle/format';
import { partDamaged } from './part-list.ts';

/** A part and its location. */
export interface FoundPart {
  readonly name: string;
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
}

export interface FindParts {
  /** Further folders to search, such as other media. */
  readonly folders?: readonly string[];
  /**
   * Asks the user for a part that is in none of the folders; returns true to search again. `found` describes what is
   * there instead, if known. Absent if nobody can answer.
   */
  readonly askFor?: ((name: string, found: string | undefined) => Promise<boolean>) | undefined;
  /** Only the head will be read, so the parts after it may be missing. */
  readonly headOnly?: boolean;
  /** Called while an inserted part is checked, and during the search for a damaged one. */
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** Returns the folders to search for parts: the folder of the list, and the given ones. */
export function placesOf(path: string, { folders = [] }: FindParts): readonly string[] {
  return [dirname(resolve(path)), ...folders.map((folder) => resolve(folder))];
}

/**
 * Finds every part, beside the list or on other media. Returns undefined if parts are missing but can be asked for,
 * because the media arrive one after the other. Fails with `part-missing`, which names all missing parts, or
 * `part-damaged`.
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

/** Finds a file with the name of a part, preferably one with the right size. */
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
    hint: 'Name the folders that contain them with --parts. On a terminal (without --yes and --json) the command asks for media that share one drive, one after the other.',
  });
}
