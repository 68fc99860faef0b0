import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  BundleError,
  formatDocumentPath,
  limits,
  type PartList,
  partListSchema,
  partListSuffix,
  reasonOf,
  systemErrorCode,
} from '@bundle/format';
import { ioError } from '../io-error.ts';

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
  /** Asked for a part that is in none; true: look again. */
  readonly askFor?: ((name: string) => Promise<boolean>) | undefined;
}

export function isPartList(path: string): boolean {
  return path.endsWith(partListSuffix);
}

/** Fails with `bundle-not-found`, `input-unreadable` or `part-list-invalid`. */
export async function readPartList(path: string): Promise<PartList> {
  let document: unknown;
  try {
    if ((await stat(path)).size > limits.maxTextFileBytes) throw invalid(path, 'a larger file');
    document = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(path, reasonOf(error));
    if (systemErrorCode(error) === 'ENOENT') throw notFound(path);
    throw ioError(error, 'reading the list of parts', path, 'input-unreadable');
  }
  const parsed = partListSchema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(path, issue ? `${formatDocumentPath(issue.path)}: ${issue.message}` : 'another');
  }
  const names = parsed.data.parts.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(path, `${twice} twice`);
  return parsed.data;
}

/** Finds every part, beside the list or on other media; fails with `part-missing` or `part-damaged`, and names it. */
export async function findParts(
  path: string,
  { parts }: PartList,
  { folders = [], askFor }: FindParts = {},
): Promise<FoundPart[]> {
  const places = [dirname(resolve(path)), ...folders.map((folder) => resolve(folder))];
  const found: FoundPart[] = [];
  for (const part of parts) {
    let file = await findFile(part.name, places);
    while (file === undefined && (await askFor?.(part.name)) === true) {
      file = await findFile(part.name, places);
    }
    if (file === undefined) throw missing(path, part.name, places);
    if (file.size !== part.size) {
      throw partDamaged(path, part.name, `${part.size} bytes`, `${file.size} bytes`);
    }
    found.push({ ...part, file: file.path });
  }
  return found;
}

async function findFile(
  name: string,
  places: readonly string[],
): Promise<{ path: string; size: number } | undefined> {
  for (const place of places) {
    const path = join(place, name);
    try {
      return { path, size: (await stat(path)).size };
    } catch (error) {
      const code = systemErrorCode(error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR') {
        throw ioError(error, 'reading', path, 'input-unreadable');
      }
    }
  }
  return undefined;
}

function missing(subject: string, name: string, places: readonly string[]): BundleError {
  return new BundleError('part-missing', {
    operation: 'looking for the parts of',
    subject,
    expected: name,
    found: `no such file in ${places.join(', ')}`,
    hint: 'Name the folder that it is in, on whatever medium, with --parts.',
  });
}

export function partDamaged(
  subject: string,
  name: string,
  expected: string,
  found: string,
): BundleError {
  return new BundleError('part-damaged', {
    operation: `checking ${name} of`,
    subject,
    expected,
    found,
    hint: '`bundle repair` fetches just this part again from the original.',
  });
}

function notFound(subject: string): BundleError {
  return new BundleError('bundle-not-found', {
    operation: 'opening the bundle',
    subject,
    expected: 'the list of the parts of a bundle',
    found: 'nothing there',
    hint: 'Give the path that `bundle export --split` printed.',
  });
}

function invalid(subject: string, found: string): BundleError {
  return new BundleError('part-list-invalid', {
    operation: 'reading the list of parts',
    subject,
    expected: 'what `bundle export --split` wrote',
    found,
    hint: 'Copy it again from its source; it is small.',
  });
}
