import {
  BundleError,
  isHostPath,
  PathNames,
  pathProblem,
  paths,
  reservedPaths,
} from '@bundle/format';
import { checkListing } from '../bundle/listing-size.ts';
import type { PlannedFile } from './application.ts';

const reserved = new Set([...reservedPaths].map((path) => path.toLowerCase()));

/**
 * The files of a plan, each path once. `own` are those that the exporter writes itself; no file of the application may
 * take their places, or any path that some file system or archive could not hold.
 */
export function checkedFiles(
  own: readonly PlannedFile[],
  others: readonly PlannedFile[],
): PlannedFile[] {
  const byName = new Map(own.map((file) => [file.path.toLowerCase(), file]));
  const ownPaths = new Set(own.map(({ path }) => path));
  for (const file of others) {
    const known = byName.get(file.path.toLowerCase());
    const problem = problemOf(file, known, ownPaths);
    if (problem !== undefined) throw unsafe(file, problem);
    byName.set(file.path.toLowerCase(), known === undefined ? file : together(known, file));
  }
  const names = new PathNames({ ignoreCase: true });
  for (const file of byName.values()) {
    const conflict = names.add(file.path);
    if (conflict !== undefined) throw unsafe(file, conflict);
  }
  const files = [...byName.values()];
  checkListing(files);
  return files;
}

function problemOf(
  { path, content }: PlannedFile,
  known: PlannedFile | undefined,
  ownPaths: ReadonlySet<string>,
): string | undefined {
  const problem = pathProblem(path);
  if (problem !== undefined) return problem;
  if (known !== undefined && known.path !== path) {
    return `it differs from ${known.path} in upper and lower case only`;
  }
  const isSame = known !== undefined && sameContent(known.content, content);
  if (isSame) return undefined;
  const lower = path.toLowerCase();
  const isInOwnFolder = [paths.imagesDir, paths.buildCacheDir].some((folder) =>
    lower.startsWith(`${folder}/`),
  );
  if (ownPaths.has(path) || reserved.has(lower) || isInOwnFolder || isHostPath(path)) {
    return 'the bundle has a file of its own in that place';
  }
  return known === undefined ? undefined : 'two files would be there';
}

function sameContent(a: PlannedFile['content'], b: PlannedFile['content']): boolean {
  return 'file' in a ? 'file' in b && a.file === b.file : 'text' in b && a.text === b.text;
}

function together(a: PlannedFile, b: PlannedFile): PlannedFile {
  return a.why === b.why ? a : { ...a, why: `${a.why}, ${b.why}` };
}

function unsafe({ path, content, why }: PlannedFile, found: string): BundleError {
  return new BundleError('file-unsafe', {
    operation: 'packing',
    subject: 'file' in content ? content.file : path,
    expected: 'a free path that every file system and archive can hold',
    found: `${JSON.stringify(path)} (${why}): ${found}`,
    hint: 'Rename the file, and the place in the Compose file or spec that names it.',
  });
}
