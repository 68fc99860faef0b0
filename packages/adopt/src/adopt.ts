import type { Engine } from '@bundle/engine';
import {
  type ChosenImage,
  type ImageArchive,
  imagesFrom,
  OtherFile,
  openArchive,
  ownPlatform,
} from '@bundle/engine/archives';
import type { ApplicationPlan } from '@bundle/export';
import { BundleError, formatPlatform, type Platform, type WorkOptions } from '@bundle/format';
import { type CheckedSums, checkSums } from './check-sums.ts';
import { chooseComposeFiles } from './compose-files.ts';
import { decideFiles, type FileDecision } from './decisions.ts';
import { type FolderContents, readFolder } from './folder.ts';
import { type FoundImage, listed, type Matches, matchImages } from './match-images.ts';

export interface AdoptOptions extends WorkOptions {
  /** Absolute paths of Compose files; absent: the one of the folder. */
  readonly composeFiles?: readonly string[];
  /** Whether to check the checksum lists of the folder. */
  readonly checksums: boolean;
  /** Platform of the images; absent: the one that all of them have, else that of this machine. */
  readonly platform?: Platform;
  /** An image or a tar of the folder by service, as `--image` names it. */
  readonly images: ReadonlyMap<string, string>;
  /** Opens where images come from that no tar has; absent: they are refused. */
  readonly others?: (platform: Platform) => Promise<Engine>;
  /** Asks which of several images a service means; absent where nobody can answer. */
  readonly ask?: (service: string, images: readonly string[]) => Promise<number>;
}

/** A folder that people made by hand, ready to be packed. */
export interface AdoptedFolder {
  readonly root: string;
  /** Absolute paths of its Compose files, in the order of merging. */
  readonly composeFiles: readonly string[];
  /** Finds the images that a plan needs in the tars. Fails with `image-not-found`, naming all that are in none. */
  source(plan: ApplicationPlan): Promise<Engine>;
  /** Says what becomes of each file; complete once `source` was called. */
  decisions(): readonly FileDecision[];
}

/**
 * Reads a folder of image tars, a Compose file and its configuration, and checks it against the checksum lists in it.
 * Images stay where they are: `source` reads them from their tars.
 */
export async function adoptFolder(folder: string, options: AdoptOptions): Promise<AdoptedFolder> {
  options.onProgress({ phase: 'reading the folder', doneBytes: 0 });
  const contents = await readFolder(folder);
  const composeFiles = options.composeFiles ?? chooseComposeFiles(contents);
  const sums = options.checksums ? await checkSums(contents, options) : new Map();
  let decisions: readonly FileDecision[] = [];
  return {
    root: contents.root,
    composeFiles,
    async source(plan) {
      const { engine, decided } = await findImages(contents, plan, sums, options);
      decisions = decided;
      return engine;
    },
    decisions: () => decisions,
  };
}

async function findImages(
  folder: FolderContents,
  plan: ApplicationPlan,
  sums: CheckedSums,
  options: AdoptOptions,
): Promise<{ engine: Engine; decided: FileDecision[] }> {
  const { archives, found, others } = await openTars(folder, plan, options);
  const platform = options.platform ?? platformOf(found) ?? ownPlatform;
  const { matched, missing } = await askFor(
    matchImages(plan.images, found, platform, options.images),
    options.ask,
  );
  const elsewhere = missing.length === 0 ? undefined : await options.others?.(platform);
  if (missing.length > 0 && elsewhere === undefined)
    throw notInTars(folder.root, missing, others, platform);
  const sources = new Map(
    [...archives].map(([path, archive]) => [path, archive.source(platform)] as const),
  );
  const chosen = new Map<string, ChosenImage>();
  for (const { wanted, found: one } of matched) {
    const source = sources.get(one.path);
    if (source !== undefined) chosen.set(wanted.source, { source, name: one.image.id });
  }
  for (const { wanted } of missing) {
    if (elsewhere !== undefined)
      chosen.set(wanted.source, { source: elsewhere, name: wanted.source });
  }
  return {
    engine: imagesFrom(`the image tars in ${folder.root}`, platform, chosen),
    decided: decideFiles({ folder, plan, sums, found, matched, others }),
  };
}

interface OpenedTars {
  readonly archives: ReadonlyMap<string, ImageArchive>;
  readonly found: readonly FoundImage[];
  /** Tars of something else, with the reason. */
  readonly others: ReadonlyMap<string, string>;
}

/** Opens all tars but those that a service mounts. Fails with `input-unreadable` for a damaged one. */
async function openTars(
  folder: FolderContents,
  { files }: ApplicationPlan,
  { onProgress, signal }: AdoptOptions,
): Promise<OpenedTars> {
  const mounted = new Set(files.flatMap(({ content }) => ('file' in content ? content.file : [])));
  const archives = new Map<string, ImageArchive>();
  const found: FoundImage[] = [];
  const others = new Map<string, string>();
  for (const { path, file, kind } of folder.files) {
    const isCompressed = kind === 'compressed';
    if ((kind !== 'tar' && !isCompressed) || mounted.has(file)) continue;
    onProgress({ phase: 'reading the image tars', doneBytes: 0, detail: path });
    try {
      const archive = await openArchive(file, signal);
      archives.set(path, archive);
      found.push(...archive.images.map((image) => ({ path, isCompressed, image })));
    } catch (error) {
      if (!(error instanceof OtherFile)) throw error;
      others.set(
        path,
        'a tar file without images: docker save makes those, docker export does not',
      );
    }
  }
  return { archives, found, others };
}

/** Returns the platform that all images have. */
function platformOf(found: readonly FoundImage[]): Platform | undefined {
  const platforms = new Map(
    found.map(({ image: { platform } }) => [formatPlatform(platform), platform] as const),
  );
  const [only, ...others] = platforms.values();
  return others.length === 0 ? only : undefined;
}

/** Asks for each missing image which of the others it is. */
async function askFor({ matched, missing }: Matches, ask: AdoptOptions['ask']): Promise<Matches> {
  if (ask === undefined) return { matched, missing };
  const answered = [...matched];
  const left: Matches['missing'][number][] = [];
  for (const one of missing) {
    const { wanted, candidates } = one;
    const names = candidates.map((candidate) => listed([candidate]));
    const index = names.length === 0 ? -1 : await ask(wanted.services.join(', '), names);
    const found = candidates[index];
    if (found === undefined) left.push(one);
    else answered.push({ wanted, found, how: 'chosen' });
  }
  return { matched: answered, missing: left };
}

function notInTars(
  folder: string,
  missing: Matches['missing'],
  others: OpenedTars['others'],
  platform: Platform,
): BundleError {
  const [first] = missing;
  const candidates = [...new Set(missing.flatMap((one) => one.candidates))];
  const service = first?.wanted.services[0] ?? 'SERVICE';
  const found = [
    candidates.length === 0 ? 'no other image in the tars' : listed(candidates),
    ...[...others.keys()].map((path) => `${path}: a tar file without images`),
  ];
  return new BundleError('image-not-found', {
    operation: 'looking for images in the tars of',
    subject: folder,
    expected: missing
      .map(({ wanted }) => `${wanted.source} for ${wanted.services.join(', ')}`)
      .join('; '),
    found: found.join('; '),
    hint: `Add the tar of each to the folder (docker save -o FILE IMAGE), name one that is there with --image ${service}=IMAGE, or take the rest with --from engine or --from registry (${formatPlatform(platform)}).`,
  });
}
