import {
  archiveRank,
  type BundleFile,
  type BundleImage,
  type BundleManifest,
  blobPath,
  comparePaths,
  type Digest,
  digestOfBlobPath,
  formatDocumentPath,
  formatPlatform,
  hexOf,
  imagesOfAllPlatforms,
  isHostPath,
  mediaTypes,
  PathNames,
  type Platform,
  paths,
  runsOn,
  unlistedPaths,
} from '@bundle/format';

// "§" refers to the section of docs/bundle-format.md that requires a check.

/** A problem at one place in a document. */
export interface RuleProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** §1.1. Files that every bundle lists; bundle.json and checksums.sha256 are required but not listed. */
const requiredFiles: readonly string[] = [
  paths.readme,
  paths.imagesInfo,
  paths.compose,
  paths.composeOffline,
  paths.envExample,
  paths.ociLayout,
  paths.imageIndex,
  paths.dockerManifest,
];

/** Limit for the problems reported for one document; more would say nothing new. */
const maxProblems = 20;

/** §8.6. Checks what a schema cannot express: that bundle.json is consistent. */
export function manifestRules(manifest: BundleManifest): RuleProblem[] {
  const problems: RuleProblem[] = [];
  let more = 0;
  // A small document can break a rule 100,000 times; only what is shown is kept.
  for (const problem of allProblems(manifest)) {
    if (problems.length < maxProblems) problems.push(problem);
    else more += 1;
  }
  if (more > 0) problems.push({ path: [], message: `and ${more} more` });
  return problems;
}

type Problems = Generator<RuleProblem, void, undefined>;

function* allProblems(manifest: BundleManifest): Problems {
  const { files, images, platform } = manifest;
  const byPath = new Map(files.map((file) => [file.path, file]));
  for (const path of requiredFiles) {
    if (!byPath.has(path)) yield { path: ['files'], message: `${path} is required and not listed` };
  }
  yield* pathConflicts(files);
  yield* hostFiles(files);
  yield* fileOrder(files);
  yield* blobNames(files);
  yield* storedSize(manifest);
  yield* duplicateReferences(images);
  yield* diffIds(images);
  const left = {
    omitted: new Map(manifest.omitted?.map((blob) => [blob.digest, blob])),
    made: new Set(manifest.deltas?.map(({ digest }) => digest)),
  };
  for (const [index, image] of images.entries())
    yield* imageProblems(image, ['images', index], left, platform, byPath);
  yield* furtherPlatforms(manifest, byPath);
  yield* referrerBlobs(manifest, byPath);
  yield* omittedBlobs(manifest, byPath);
  yield* deltaBlobs(manifest, byPath);
  yield* envExamples(manifest, byPath);
}

/** §1.5. No two paths are one file, or a file and the folder of another, also where case or form does not count. */
function* pathConflicts(files: readonly BundleFile[]): Problems {
  const names = new PathNames({ folded: true });
  for (const [index, { path }] of files.entries()) {
    const message = names.add(path);
    if (message !== undefined) yield { path: ['files', index, 'path'], message };
  }
}

/** §13.2. Keeps paths free that a host uses for files of its own beside those of a release. */
function* hostFiles(files: readonly BundleFile[]): Problems {
  for (const [index, { path }] of files.entries()) {
    if (!isHostPath(path)) continue;
    const message = `${path} is a path that a host uses itself`;
    yield { path: ['files', index, 'path'], message };
  }
}

/** §3.6, §4.5. Checks the order: blobs come last, as they were written; all other files are sorted. */
function* fileOrder(files: readonly BundleFile[]): Problems {
  for (const [index, { path }] of files.entries()) {
    const at = ['files', index, 'path'];
    const before = files[index - 1]?.path;
    if (unlistedPaths.has(path)) {
      yield { path: at, message: `${path} may not be listed` };
    } else if (before !== undefined && !inOrder(before, path)) {
      const message = `${path} comes after ${before}, which is not the order of the archive`;
      yield { path: at, message };
    }
  }
}

function inOrder(before: string, path: string): boolean {
  const difference = archiveRank(path) - archiveRank(before);
  if (difference !== 0) return difference > 0;
  return digestOfBlobPath(path) !== undefined || comparePaths(before, path) <= 0;
}

/** §4.6. Checks that the path of a blob is its digest. */
function* blobNames(files: readonly BundleFile[]): Problems {
  for (const [index, { path, sha256 }] of files.entries()) {
    if (!path.startsWith(`${paths.blobsDir}/`)) continue;
    const digest = digestOfBlobPath(path);
    if (digest === undefined) {
      yield { path: ['files', index, 'path'], message: 'a blob is named by its sha256 digest' };
    } else if (hexOf(digest) !== sha256) {
      const message = `expected ${hexOf(digest)}, the blob’s name`;
      yield { path: ['files', index, 'sha256'], message };
    }
  }
}

/** §4.2. */
function* storedSize({ files, sizes }: BundleManifest): Problems {
  const sum = files.reduce((total, { size }) => total + size, 0);
  if (sum === sizes.stored) return;
  const message = `expected ${sum}, the sum of all listed files, found ${sizes.stored}`;
  yield { path: ['sizes', 'stored'], message };
}

/** §4.3. Checks that references are unique in the bundle. */
function* duplicateReferences(images: readonly BundleImage[]): Problems {
  const seen = new Map<string, number>();
  for (const [index, { reference }] of images.entries()) {
    const first = seen.get(reference);
    if (first === undefined) {
      seen.set(reference, index);
    } else {
      const message = `${reference} is ${formatDocumentPath(['images', first])} already`;
      yield { path: ['images', index, 'reference'], message };
    }
  }
}

/** §4.4. Checks that a blob has the same uncompressed form in all images. */
function* diffIds(images: readonly BundleImage[]): Problems {
  const known = new Map<Digest, Digest>();
  for (const [image, { layers }] of images.entries()) {
    for (const [layer, { digest, diffId }] of layers.entries()) {
      const first = known.get(digest) ?? diffId;
      known.set(digest, first);
      if (first === diffId) continue;
      const message = `expected ${first}, as elsewhere for this digest`;
      yield { path: ['images', image, 'layers', layer, 'diffId'], message };
    }
  }
}

/** Layers of the images that are not among the files: those that are omitted, and those that a delta gives. */
interface LeftLayers {
  readonly omitted: ReadonlyMap<Digest, { readonly size: number }>;
  readonly made: ReadonlySet<Digest>;
}
const nothingLeft: LeftLayers = { omitted: new Map(), made: new Set() };

/** Checks that the blobs of an image are listed (§4.6) and that it runs on the platform of the bundle (§4.3). */
function* imageProblems(
  image: BundleImage,
  at: RuleProblem['path'],
  left: LeftLayers,
  platform: Platform,
  byPath: ReadonlyMap<string, BundleFile>,
): Problems {
  function* blobProblem(path: RuleProblem['path'], digest: Digest, size?: number): Problems {
    // Only layers have a size here, and only they may be omitted or carried as deltas.
    if (size !== undefined && left.made.has(digest)) return;
    const omitted = size === undefined ? undefined : left.omitted.get(digest);
    const listed = byPath.get(blobPath(digest)) ?? omitted;
    if (listed === undefined) {
      yield { path, message: `${digest} is not among the files` };
    } else if (size !== undefined && listed.size !== size) {
      yield { path, message: `size ${size}, but ${listed.size} among the files` };
    }
  }
  yield* blobProblem([...at, 'imageId'], image.imageId);
  yield* blobProblem([...at, 'manifestDigest'], image.manifestDigest);
  yield* blobProblem([...at, 'topDigest'], image.topDigest);
  for (const [number, { digest, size }] of image.layers.entries())
    yield* blobProblem([...at, 'layers', number], digest, size);
  if (!runsOn(image.platform, platform)) {
    const message = `${formatPlatform(image.platform)} does not run on ${formatPlatform(platform)}`;
    yield { path: [...at, 'platform'], message };
  }
}

/** §21.1. Checks that each further platform is another one and has the same images, complete and under the same top documents. */
function* furtherPlatforms(
  manifest: BundleManifest,
  byPath: ReadonlyMap<string, BundleFile>,
): Problems {
  const { platform: first, images, platforms = [], omitted, deltas } = manifest;
  if (platforms.length === 0) return;
  if (omitted !== undefined || deltas !== undefined)
    yield { path: ['platforms'], message: 'an incremental bundle is for one platform' };
  const known = [first];
  for (const [number, { platform, images: own }] of platforms.entries()) {
    const at = ['platforms', number] as const;
    if (known.some((one) => formatPlatform(one) === formatPlatform(platform))) {
      const message = `${formatPlatform(platform)} is there already`;
      yield { path: [...at, 'platform'], message };
    }
    known.push(platform);
    if (
      own.length !== images.length ||
      !own.every((image, index) => isAlike(image, images[index]))
    ) {
      const message = 'differ from images in a reference, a service, a use or a top document';
      yield { path: [...at, 'images'], message };
    }
    for (const [index, image] of own.entries())
      yield* imageProblems(image, [...at, 'images', index], nothingLeft, platform, byPath);
  }
  for (const { message } of diffIds(imagesOfAllPlatforms(manifest)))
    yield { path: ['platforms'], message };
}

/** §22.1. Checks that what refers to an image is complete, and refers to an image of the bundle. */
function* referrerBlobs(
  manifest: BundleManifest,
  byPath: ReadonlyMap<string, BundleFile>,
): Problems {
  const { referrers = [] } = manifest;
  if (referrers.length === 0) return;
  const subjects = new Set(
    imagesOfAllPlatforms(manifest).flatMap(({ reference, topDigest, manifestDigest }) =>
      [topDigest, manifestDigest].map((digest) => `${reference} ${digest}`),
    ),
  );
  for (const [index, { reference, subject, digest, tag, blobs }] of referrers.entries()) {
    const at = ['referrers', index] as const;
    if (!subjects.has(`${reference} ${subject}`))
      yield { path: [...at, 'subject'], message: `${subject} is not ${reference}` };
    const isWhole = blobs.every((blob) => byPath.get(blobPath(blob.digest))?.size === blob.size);
    if (!isWhole || !byPath.has(blobPath(digest)))
      yield { path: [...at, 'blobs'], message: `${digest} is not complete among the files` };
    if (tag !== undefined && !tag.startsWith(`sha256-${hexOf(subject)}.`)) {
      const message = `expected one that begins with sha256-${hexOf(subject)}`;
      yield { path: [...at, 'tag'], message };
    }
  }
}

function isAlike(one: BundleImage, other: BundleImage | undefined): boolean {
  return (
    one.reference === other?.reference &&
    one.topDigest === other.topDigest &&
    one.use === other.use &&
    one.services.join() === other.services.join()
  );
}

/** §14. Checks that an incremental bundle omits only layers of its images that it does not contain, each once. */
function* omittedBlobs(
  { omitted = [], images }: BundleManifest,
  byPath: ReadonlyMap<string, BundleFile>,
): Problems {
  if (omitted.length === 0) return;
  const layers = new Set(images.flatMap((image) => image.layers.map(({ digest }) => digest)));
  const seen = new Set<Digest>();
  for (const [index, { digest }] of omitted.entries()) {
    const path = ['omitted', index, 'digest'];
    if (seen.has(digest)) yield { path, message: `${digest} is omitted twice` };
    else if (byPath.has(blobPath(digest)))
      yield { path, message: `${digest} is omitted, and among the files` };
    else if (!layers.has(digest)) yield { path, message: `${digest} is not a layer of an image` };
    seen.add(digest);
  }
}

/** §17.1. Checks that each delta is a blob of the bundle and gives a layer that is not in it, in a form that can be made. */
function* deltaBlobs(
  { deltas = [], omitted = [], images }: BundleManifest,
  byPath: ReadonlyMap<string, BundleFile>,
): Problems {
  if (deltas.length === 0) return;
  const layers = new Map(images.flatMap((image) => image.layers.map((one) => [one.digest, one])));
  const left = new Set(omitted.map(({ digest }) => digest));
  const seen = new Set<string>();
  for (const [index, { digest, blob, size, from }] of deltas.entries()) {
    const at = (field: string, message: string): RuleProblem => ({
      path: ['deltas', index, field],
      message,
    });
    const layer = layers.get(digest);
    const listed = byPath.get(blobPath(blob));
    if (layer === undefined) yield at('digest', `${digest} is not a layer of an image`);
    else if (layer.mediaType !== mediaTypes.layerZstd || layer.unpackedSize === undefined)
      yield at('digest', `${digest} is not a layer of zstd frames with an unpackedSize`);
    const olds = from.map(({ diffId }) => diffId);
    const made = [digest, ...olds.toSorted()].join(' ');
    if (seen.has(made)) yield at('digest', `${digest} has two deltas from the same layers`);
    if (left.has(digest)) yield at('digest', `${digest} is omitted as well`);
    if (byPath.has(blobPath(digest))) yield at('digest', `${digest} is among the files as well`);
    if (listed === undefined) yield at('blob', `${blob} is not among the files`);
    else if (listed.size !== size)
      yield at('size', `size ${size}, but ${listed.size} among the files`);
    if (new Set(olds).size < olds.length) yield at('from', 'names an old layer twice');
    seen.add(made);
  }
}

/** §4.6. */
function* envExamples(
  { envFiles }: BundleManifest,
  byPath: ReadonlyMap<string, BundleFile>,
): Problems {
  for (const [index, { example }] of envFiles.entries()) {
    const path = ['envFiles', index, 'example'];
    if (!byPath.has(example)) yield { path, message: `${example} is not among the files` };
  }
}
