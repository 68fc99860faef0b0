import {
  BundleError,
  foldedPath,
  isHostPath,
  PathNames,
  pathProblem,
  paths,
  reservedPaths,
} from '@bundle/format';
import { checkListing } from '../bundle/listing-size.ts';
import type { PlannedFile } from './application.ts';

const reserved = new Set([...reservedPaths].map(foldedPath));

/**
 * Returns the files of a plan, each path once. `own` are the files that the exporter writes itself: no file of the
 * application may take the path of one, or a path that a bundle cannot have. Fails with `file-unsafe`, naming all such
 * files.
 */
export function checkedFiles(
  own: readonly PlannedFile[],
  others: readonly PlannedFile[],
): PlannedFile[] {
  const byName = new Map(own.map((file) => [foldedPath(file.path), file]));
  const ownPaths = new Set(own.map(({ path }) => path));
  const unsafe: UnsafeFile[] = [];
  for (const file of others) {
    const known = byName.get(foldedPath(file.path));
    const problem = problemOf(file, known, ownPaths);
    if (problem !== undefined) unsafe.push({ file, problem });
    else byName.set(foldedPath(file.path), known === undefined ? file : together(known, file));
  }
  const names = new PathNames({ folded: true });
  for (const file of byName.values()) {
    const problem = names.add(file.path);
    if (problem !== undefined) unsafe.push({ file, problem });
  }
  const [first] = unsafe;
  if (first !== undefined) throw unsafeFiles(first.file, unsafe);
  const files = [...byName.values()];
  checkListing(files);
  return files;
}

interface UnsafeFile {
  readonly file: PlannedFile;
  readonly problem: string;
}

function problemOf(
  { path, content }: PlannedFile,
  known: PlannedFile | undefined,
  ownPaths: ReadonlySet<string>,
): string | undefined {
  const problem = pathProblem(path);
  if (problem !== undefined) return problem;
  if (known !== undefined && known.path !== path) {
    return `it differs from ${known.path} only in case or in the form of its letters`;
  }
  const isSame = known !== undefined && sameContent(known.content, content);
  if (isSame) return undefined;
  const folded = foldedPath(path);
  const isInOwnFolder = [paths.imagesDir, paths.buildCacheDir].some((folder) =>
    folded.startsWith(`${folder}/`),
  );
  if (ownPaths.has(path) || reserved.has(folded) || isInOwnFolder || isHostPath(path)) {
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

/** Number of files to name; more would not help. */
const maxNamed = 20;

function unsafeFiles({ path, content }: PlannedFile, all: readonly UnsafeFile[]): BundleError {
  const lines = all
    .slice(0, maxNamed)
    .map(({ file, problem }) => `${JSON.stringify(file.path)} (${file.why}): ${problem}`);
  const more = all.length - maxNamed;
  return new BundleError('file-unsafe', {
    operation: 'packing',
    subject: 'file' in content ? content.file : path,
    expected: 'free paths that every host and archive can hold',
    found: [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'),
    hint: 'Rename each of them, and change its name in the Compose file or the spec.',
  });
}
