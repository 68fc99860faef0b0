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
  const { files, images } = manifest;
  const byPath = new Map(files.map((file) => [file.path, file]));
  const problems = [
    ...requiredFiles
      .filter((path) => !byPath.has(path))
      .map((path) => ({ path: ['files'], message: `${path} is required and not listed` })),
    ...pathConflicts(files),
    ...hostFiles(files),
    ...fileOrder(files),
    ...files.flatMap(blobName),
    ...storedSize(manifest),
    ...duplicateReferences(images),
    ...diffIds(images),
    ...images.flatMap((image, index) =>
      imageProblems(image, ['images', index], manifest, manifest.platform, byPath),
    ),
    ...furtherPlatforms(manifest, byPath),
    ...referrerBlobs(manifest, byPath),
    ...omittedBlobs(manifest, byPath),
    ...deltaBlobs(manifest, byPath),
    ...envExamples(manifest, byPath),
  ];
  const more = problems.length - maxProblems;
  if (more <= 0) return problems;
  return [...problems.slice(0, maxProblems), { path: [], message: `and ${more} more` }];
}

/** §1.5. No two paths are one file, or a file and the folder of another, also where case or form does not count. */
function pathConflicts(files: readonly BundleFile[]): RuleProblem[] {
  const names = new PathNames({ folded: true });
  return files.flatMap(({ path }, index) => {
    const message = names.add(path);
    return message === undefined ? [] : [{ path: ['files', index, 'path'], message }];
  });
}

/** §13.2. Keeps paths free that a host uses for files of its own beside those of a release. */
function hostFiles(files: readonly BundleFile[]): RuleProblem[] {
  return files.flatMap(({ path }, index) => {
    const message = `${path} is a path that a host uses itself`;
    return isHostPath(path) ? [{ path: ['files', index, 'path'], message }] : [];
  });
}

/** §3.6, §4.5. Checks the order: blobs come last, as they were written; all other files are sorted. */
function fileOrder(files: readonly BundleFile[]): RuleProblem[] {
  return files.flatMap(({ path }, index) => {
    if (unlistedPaths.has(path)) {
      return [{ path: ['files', index, 'path'], message: `${path} may not be listed` }];
    }
    const before = files[index - 1]?.path;
    if (before === undefined || inOrder(before, path)) return [];
    const message = `${path} comes after ${before}, which is not the order of the archive`;
    return [{ path: ['files', index, 'path'], message }];
  });
}

function inOrder(before: string, path: string): boolean {
  const difference = archiveRank(path) - archiveRank(before);
  if (difference !== 0) return difference > 0;
  return digestOfBlobPath(path) !== undefined || comparePaths(before, path) <= 0;
}

/** §4.6. Checks that the path of a blob is its digest. */
function blobName({ path, sha256 }: BundleFile, index: number): RuleProblem[] {
  if (!path.startsWith(`${paths.blobsDir}/`)) return [];
  const digest = digestOfBlobPath(path);
  if (digest === undefined) {
    return [{ path: ['files', index, 'path'], message: 'a blob is named by its sha256 digest' }];
  }
  if (hexOf(digest) === sha256) return [];
  return [
    { path: ['files', index, 'sha256'], message: `expected ${hexOf(digest)}, the blob’s name` },
  ];
}

/** §4.2. */
function storedSize({ files, sizes }: BundleManifest): RuleProblem[] {
  const sum = files.reduce((total, { size }) => total + size, 0);
  if (sum === sizes.stored) return [];
  const message = `expected ${sum}, the sum of all listed files, found ${sizes.stored}`;
  return [{ path: ['sizes', 'stored'], message }];
}

/** §4.3. Checks that references are unique in the bundle. */
function duplicateReferences(images: readonly BundleImage[]): RuleProblem[] {
  const seen = new Map<string, number>();
  return images.flatMap(({ reference }, index) => {
    const first = seen.get(reference);
    if (first === undefined) {
      seen.set(reference, index);
      return [];
    }
    const message = `${reference} is ${formatDocumentPath(['images', first])} already`;
    return [{ path: ['images', index, 'reference'], message }];
  });
}

/** §4.4. Checks that a blob has the same uncompressed form in all images. */
function diffIds(images: readonly BundleImage[]): RuleProblem[] {
  const known = new Map<Digest, Digest>();
  return images.flatMap(({ layers }, image) =>
    layers.flatMap(({ digest, diffId }, layer) => {
      const first = known.get(digest) ?? diffId;
      known.set(digest, first);
      if (first === diffId) return [];
      const message = `expected ${first}, as elsewhere for this digest`;
      return [{ path: ['images', image, 'layers', layer, 'diffId'], message }];
    }),
  );
}

/** Checks that the blobs of an image are listed (§4.6) and that it runs on the platform of the bundle (§4.3). */
function imageProblems(
  image: BundleImage,
  at: RuleProblem['path'],
  manifest: Pick<BundleManifest, 'omitted' | 'deltas'>,
  platform: Platform,
  byPath: ReadonlyMap<string, BundleFile>,
): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const omitted = new Map(manifest.omitted?.map((blob) => [blob.digest, blob]));
  const made = new Set(manifest.deltas?.map(({ digest }) => digest));
  const needsBlob = (path: RuleProblem['path'], digest: Digest, size?: number): void => {
    // Only layers have a size here, and only they may be omitted or carried as deltas.
    const left = size === undefined ? undefined : omitted.get(digest);
    if (size !== undefined && made.has(digest)) return;
    const listed = byPath.get(blobPath(digest)) ?? left;
    if (listed === undefined) {
      problems.push({ path, message: `${digest} is not among the files` });
    } else if (size !== undefined && listed.size !== size) {
      problems.push({ path, message: `size ${size}, but ${listed.size} among the files` });
    }
  };
  needsBlob([...at, 'imageId'], image.imageId);
  needsBlob([...at, 'manifestDigest'], image.manifestDigest);
  needsBlob([...at, 'topDigest'], image.topDigest);
  image.layers.forEach(({ digest, size }, number) => {
    needsBlob([...at, 'layers', number], digest, size);
  });
  if (!runsOn(image.platform, platform)) {
    problems.push({
      path: [...at, 'platform'],
      message: `${formatPlatform(image.platform)} does not run on ${formatPlatform(platform)}`,
    });
  }
  return problems;
}

/** §21.1. Checks that each further platform is another one and has the same images, complete and under the same top documents. */
function furtherPlatforms(
  manifest: BundleManifest,
  byPath: ReadonlyMap<string, BundleFile>,
): RuleProblem[] {
  const { platform: first, images, platforms = [], omitted, deltas } = manifest;
  if (platforms.length === 0) return [];
  const left = omitted !== undefined || deltas !== undefined;
  const known = [first];
  return [
    ...(left
      ? [{ path: ['platforms'], message: 'an incremental bundle is for one platform' }]
      : []),
    ...platforms.flatMap(({ platform, images: own }, number) => {
      const at = ['platforms', number] as const;
      const isNew = !known.some((one) => formatPlatform(one) === formatPlatform(platform));
      known.push(platform);
      const isSame =
        own.length === images.length && own.every((image, index) => isAlike(image, images[index]));
      return [
        ...(isNew
          ? []
          : [
              {
                path: [...at, 'platform'],
                message: `${formatPlatform(platform)} is there already`,
              },
            ]),
        ...(isSame
          ? []
          : [
              {
                path: [...at, 'images'],
                message: 'differ from images in a reference, a service, a use or a top document',
              },
            ]),
        ...own.flatMap((image, index) =>
          imageProblems(image, [...at, 'images', index], {}, platform, byPath),
        ),
      ];
    }),
    ...diffIds(imagesOfAllPlatforms(manifest)).map(({ message }) => ({
      path: ['platforms'],
      message,
    })),
  ];
}

/** §22.1. Checks that what refers to an image is complete, and refers to an image of the bundle. */
function referrerBlobs(
  manifest: BundleManifest,
  byPath: ReadonlyMap<string, BundleFile>,
): RuleProblem[] {
  const { referrers = [] } = manifest;
  const subjects = new Set(
    imagesOfAllPlatforms(manifest).flatMap(({ reference, topDigest, manifestDigest }) =>
      [topDigest, manifestDigest].map((digest) => `${reference} ${digest}`),
    ),
  );
  return referrers.flatMap(({ reference, subject, digest, tag, blobs }, index) => {
    const at = ['referrers', index] as const;
    const isWhole = blobs.every((blob) => byPath.get(blobPath(blob.digest))?.size === blob.size);
    return [
      ...(subjects.has(`${reference} ${subject}`)
        ? []
        : [{ path: [...at, 'subject'], message: `${subject} is not ${reference}` }]),
      ...(isWhole && byPath.has(blobPath(digest))
        ? []
        : [{ path: [...at, 'blobs'], message: `${digest} is not complete among the files` }]),
      ...(tag === undefined || tag.startsWith(`sha256-${hexOf(subject)}.`)
        ? []
        : [
            {
              path: [...at, 'tag'],
              message: `expected one that begins with sha256-${hexOf(subject)}`,
            },
          ]),
    ];
  });
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
function omittedBlobs(
  { omitted = [], images }: BundleManifest,
  byPath: ReadonlyMap<string, BundleFile>,
): RuleProblem[] {
  const layers = new Set(images.flatMap((image) => image.layers.map(({ digest }) => digest)));
  const seen = new Set<Digest>();
  return omitted.flatMap(({ digest }, index) => {
    const message = seen.has(digest)
      ? `${digest} is omitted twice`
      : byPath.has(blobPath(digest))
        ? `${digest} is omitted, and among the files`
        : `${digest} is not a layer of an image`;
    const isRight = !seen.has(digest) && !byPath.has(blobPath(digest)) && layers.has(digest);
    seen.add(digest);
    return isRight ? [] : [{ path: ['omitted', index, 'digest'], message }];
  });
}

/** §17.1. Checks that each delta is a blob of the bundle and gives a layer that is not in it, in a form that can be made. */
function deltaBlobs(
  { deltas = [], omitted = [], images }: BundleManifest,
  byPath: ReadonlyMap<string, BundleFile>,
): RuleProblem[] {
  const layers = new Map(images.flatMap((image) => image.layers.map((one) => [one.digest, one])));
  const left = new Set(omitted.map(({ digest }) => digest));
  const seen = new Set<string>();
  return deltas.flatMap(({ digest, blob, size, from }, index) => {
    const problems: RuleProblem[] = [];
    const at = (field: string, message: string): void => {
      problems.push({ path: ['deltas', index, field], message });
    };
    const layer = layers.get(digest);
    const listed = byPath.get(blobPath(blob));
    if (layer === undefined) at('digest', `${digest} is not a layer of an image`);
    else if (layer.mediaType !== mediaTypes.layerZstd || layer.unpackedSize === undefined)
      at('digest', `${digest} is not a layer of zstd frames with an unpackedSize`);
    const olds = from.map(({ diffId }) => diffId);
    const made = [digest, ...olds.toSorted()].join(' ');
    if (seen.has(made)) at('digest', `${digest} has two deltas from the same layers`);
    if (left.has(digest)) at('digest', `${digest} is omitted as well`);
    if (byPath.has(blobPath(digest))) at('digest', `${digest} is among the files as well`);
    if (listed === undefined) at('blob', `${blob} is not among the files`);
    else if (listed.size !== size) at('size', `size ${size}, but ${listed.size} among the files`);
    if (new Set(olds).size < olds.length) at('from', 'names an old layer twice');
    seen.add(made);
    return problems;
  });
}

/** §4.6. */
function envExamples(
  { envFiles }: BundleManifest,
  byPath: ReadonlyMap<string, BundleFile>,
): RuleProblem[] {
  return envFiles.flatMap(({ example }, index) =>
    byPath.has(example)
      ? []
      : [
          {
            path: ['envFiles', index, 'example'],
            message: `${example} is not among the files`,
          },
        ],
  );
}
