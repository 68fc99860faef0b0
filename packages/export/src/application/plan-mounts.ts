import { basename, join } from 'node:path';
import { isAtOrBelow, type Lookup, type Mount, type WrittenMount } from '@bundle/compose';
import { BundleError, defined, type LeftOut } from '@bundle/format';
import type { Compared, MountDecision, PlannedFile } from './application.ts';
import {
  comparedReason,
  contentReason,
  hostOwnReason,
  isLikeData,
  isSourceReason,
  placeReason,
} from './mount-rules.ts';
import { bundlePathOf, isOfProject, type ProjectPlaces } from './places.ts';
import { entryWithSource, keptPlace, sourceInRelease } from './relocate.ts';
import {
  contentsOf,
  looksLikeFile,
  readSource,
  type Source,
  type SourceFile,
  type SourceRules,
} from './sources.ts';

export interface MountInput {
  readonly places: ProjectPlaces;
  /** Returns the reason to withhold a file, whatever mounts it. */
  readonly withheldReason: (file: string) => string | undefined;
  /** Returns the mount as written in the Compose file, or a description if it is not spelled out there. */
  readonly writtenOf: (mount: Mount) => WrittenMount;
  readonly lookup: Lookup;
  /** Tells whether a service runs here according to the profiles. */
  readonly isStarted: (service: string) => boolean;
  /** Absolute paths to pack, or to leave out, regardless of their contents. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Returns the comparison of mounted source code with the image, once it is known. */
  readonly compared: (mount: Mount) => Compared | undefined;
  /** Returns all entries of a service's `volumes:` as written. */
  readonly entriesOf: (service: string) => readonly unknown[];
}

/** Entries of compose.offline.yml for mounts whose place in a release differs from the one in the Compose file. */
export interface Relocated {
  /** Entries of `volumes:` by service; `isWhole`: they replace the whole list in the Compose file. */
  readonly volumes: ReadonlyMap<
    string,
    { readonly entries: readonly unknown[]; readonly isWhole: boolean }
  >;
  /** Files by the name of the config or secret. */
  readonly configs: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, string>;
}

export interface MountPlan {
  readonly files: readonly PlannedFile[];
  readonly leftOut: readonly LeftOut[];
  readonly decisions: readonly MountDecision[];
  readonly relocated: Relocated;
  /** Source code mounted over files that the image may contain. */
  readonly sources: readonly Mount[];
  /** Absolute paths of packed files with a private key. */
  readonly privateKeys: readonly string[];
}

interface Decided {
  readonly mount: Mount;
  readonly written: WrittenMount;
  readonly was: NonNullable<LeftOut['was']>;
  /** Reason why it is not packed; absent if it is packed. */
  readonly reason?: string;
  /** Set if its contents are data, including everything inside it. */
  readonly isData?: boolean;
  readonly source?: Source;
}

/** Packs the configuration that services mount from the project, and lists every mount that is not packed. */
export async function planMounts(all: readonly Mount[], input: MountInput): Promise<MountPlan> {
  checkNamed(all, input);
  const mounts = sharedAccess(all);
  const decided = new Map<Mount, Decided>();
  const apart = new Set<string>();
  // The deepest first: a subfolder that is left out must not influence the decision about its parent.
  for (const mount of mounts.toSorted((a, b) => b.source.length - a.source.length)) {
    const one = await decide(mount, apart, input);
    decided.set(mount, one);
    if (one.reason !== undefined) apart.add(mount.source);
  }
  const list = mounts.flatMap((mount) => decided.get(mount) ?? []);
  const final = list.map((one) => partOfData(one, list));
  return {
    files: final.flatMap((one) => filesOf(one, input)),
    leftOut: distinct(final.flatMap((one) => leftOutOf(one, input))),
    decisions: decisionsOf(final),
    relocated: relocatedOf(final, input),
    sources: final.flatMap(({ mount, reason }) => (isSourceReason(reason) ? [mount] : [])),
    privateKeys: final.flatMap(({ reason, source }) =>
      reason === undefined ? keysIn(source?.files ?? []) : [],
    ),
  };
}

/** Treats a source as writable in all containers if one of them may write to it. */
function sharedAccess(mounts: readonly Mount[]): Mount[] {
  const writable = new Set(
    mounts.flatMap(({ kind, readOnly, source }) => (kind === 'bind' && !readOnly ? [source] : [])),
  );
  return mounts.map((mount) =>
    mount.kind === 'bind' ? { ...mount, readOnly: !writable.has(mount.source) } : mount,
  );
}

async function decide(
  mount: Mount,
  apart: ReadonlySet<string>,
  input: MountInput,
): Promise<Decided> {
  const { places } = input;
  const written = input.writtenOf(mount);
  if (mount.kind === 'volume') {
    return {
      mount,
      written,
      was: 'nothing',
      ...defined({ reason: placeReason(mount, places, '') }),
    };
  }
  const was = await contentsOf(mount.source);
  const base = { mount, written, was };
  if (isNamed(mount.source, input.exclude)) {
    const start = was === 'folder' ? 'empty' : was;
    return { ...base, was: start, reason: 'left out by --exclude, or by exclude: of the spec' };
  }
  const isIncluded = isNamed(mount.source, input.include) && isOfProject(places, mount.source);
  const elsewhere = placeReason(mount, places, written.source);
  const compared = isSourceReason(elsewhere) ? input.compared(mount) : undefined;
  const isConfiguration =
    compared?.result === 'nothing' && !isAtOrBelow(places.projectDir, mount.source);
  if (elsewhere !== undefined && !isConfiguration && !(isIncluded && mount.kind === 'bind')) {
    return leaveSource(base, elsewhere, compared);
  }
  if (!isIncluded && was === 'folder' && isLikeData(mount)) {
    return { ...base, reason: 'data: a writable folder, named or mounted like data', isData: true };
  }
  const source = await readSource(mount.source, rulesFor(input, apart, isIncluded));
  if (isBrokenStart(mount, source)) {
    if (input.isStarted(mount.service)) throw missing(mount, written.source);
    return {
      ...base,
      reason: 'not there; only services of profiles that are not used here need it',
    };
  }
  const whole = source.skipped.find(({ file }) => file === mount.source)?.reason;
  const found = isIncluded ? undefined : contentReason(mount, source.facts);
  const image = isSourceReason(found) ? (compared ?? input.compared(mount)) : undefined;
  if (found !== undefined && image !== undefined && image.result !== 'nothing') {
    return leaveSource(base, found, image);
  }
  const content = image === undefined ? found : undefined;
  const reason = whole ?? content;
  const isData = content?.startsWith('data') === true;
  return { ...base, source, ...defined({ reason }), ...(isData ? { isData } : {}) };
}

function leaveSource<T extends Pick<Decided, 'was'>>(
  base: T,
  reason: string,
  compared: Compared | undefined,
): T & Pick<Decided, 'was' | 'reason'> {
  if (compared === undefined) return { ...base, reason };
  if (compared.result === 'nothing') {
    const why = 'the whole project folder, where the image has nothing: name it with --include';
    return { ...base, reason: why };
  }
  const was = compared.result === 'same' ? 'image' : base.was;
  return { ...base, was, reason: comparedReason(compared) ?? reason };
}

function rulesFor(
  { places, withheldReason, exclude }: MountInput,
  apart: ReadonlySet<string>,
  isIncluded: boolean,
): SourceRules {
  return {
    root: places.root,
    apart,
    withheldReason: (file) =>
      isNamed(file, exclude)
        ? 'left out by --exclude, or by exclude: of the spec'
        : withheldReason(file),
    upToConfiguration: !isIncluded,
  };
}

function isNamed(path: string, named: readonly string[]): boolean {
  return named.some((one) => isAtOrBelow(path, one));
}

/** Treats a folder inside a folder of data as data too, because containers write there. */
function partOfData(one: Decided, all: readonly Decided[]): Decided {
  const { mount, reason, source } = one;
  if (reason !== undefined || source?.facts.type !== 'folder') return one;
  const around = all.find(
    ({ mount: { source: folder }, isData }) =>
      isData === true && folder !== mount.source && isAtOrBelow(mount.source, folder),
  );
  return around === undefined ? one : { ...one, reason: `data: in ${around.written.source}` };
}

function filesOf({ mount, reason, source }: Decided, { places }: MountInput): PlannedFile[] {
  return reason === undefined && source !== undefined
    ? packed(source.files, places, `mounted by ${mount.service}`, mount.source)
    : [];
}

function leftOutOf(
  { mount, written, reason, source, was }: Decided,
  { places }: MountInput,
): LeftOut[] {
  const { service, kind, target } = mount;
  if (reason === undefined) {
    return (source?.skipped ?? []).map((skipped) => ({
      service,
      source: join(written.source, skipped.file.slice(mount.source.length)),
      reason: skipped.reason,
    }));
  }
  if (kind !== 'bind') return [{ service, source: written.source, reason }];
  const isOwn = isKept(mount, written, places);
  const place = isOwn ? { place: keptPlace(places, mount.source) } : {};
  return [{ service, source: written.source, reason, target, was, ...place }];
}

/** Tells whether a host keeps the source beside the releases, because it has no place of its own there. */
function isKept({ source }: Mount, { source: written }: WrittenMount, places: ProjectPlaces) {
  if (isAtOrBelow(source, places.projectDir)) return true;
  return !/^[/~]/.test(written) && (isOfProject(places, source) || written.startsWith('.'));
}

function relocatedOf(all: readonly Decided[], input: MountInput): Relocated {
  const { places, lookup } = input;
  const entries = new Map<string, Map<unknown, unknown>>();
  const files = { config: new Map<string, string>(), secret: new Map<string, string>() };
  for (const { mount, written, reason, was } of all) {
    if (mount.kind === 'volume') continue;
    // Secrets are put into the release itself if possible.
    const isPlaced =
      reason === undefined ||
      (mount.kind === 'secret' && isAtOrBelow(mount.source, places.projectDir));
    const source = sourceInRelease(mount, written.source, isPlaced, places, lookup);
    if (source === undefined) continue;
    if (mount.kind !== 'bind') files[mount.kind].set(mount.target, source);
    else if (written.entry !== undefined) {
      const ofService = entries.get(mount.service) ?? new Map<unknown, unknown>();
      const entry = was === 'image' ? undefined : entryWithSource(written.entry, source);
      entries.set(mount.service, ofService.set(written.entry, entry));
    }
  }
  const volumes = new Map(
    [...entries].map(([service, changed]) => [service, volumesOf(service, changed, input)]),
  );
  return { volumes, configs: files.config, secrets: files.secret };
}

/**
 * Returns the entries of a service. `changed` maps entries as written to their replacements; undefined removes the
 * entry.
 */
function volumesOf(
  service: string,
  changed: ReadonlyMap<unknown, unknown>,
  { entriesOf }: MountInput,
) {
  const isWhole = [...changed.values()].includes(undefined);
  const entries = isWhole
    ? entriesOf(service).map((entry) => (changed.has(entry) ? changed.get(entry) : entry))
    : [...changed.values()];
  return { entries: entries.filter((entry) => entry !== undefined), isWhole };
}

/** Returns one decision for each source, whatever mounts it. */
function decisionsOf(all: readonly Decided[]): MountDecision[] {
  const found = new Map<string, MountDecision>();
  for (const { mount, written, reason, source } of all) {
    if (reason === hostOwnReason) continue;
    const key = `${mount.kind} ${mount.source} ${reason}`;
    const services = new Set([...(found.get(key)?.services ?? []), mount.service]);
    found.set(key, {
      source: written.source,
      services: [...services],
      isPacked: reason === undefined,
      why: reason ?? packedWords(source),
    });
  }
  return [...found.values()];
}

function packedWords(source: Source | undefined): string {
  const { type, files = 0 } = source?.facts ?? {};
  const left = source?.skipped.length ?? 0;
  if (type === 'file') return 'a file';
  return `configuration: ${files} ${files === 1 ? 'file' : 'files'}${left === 0 ? '' : `, without the ${left} listed`}`;
}

/**
 * Plans the files found at `source`. Names below it are packed in Unicode's composed form, the form of all names in a
 * bundle. The name of `source` itself stays unchanged, because the Compose file contains it too.
 */
export function packed(
  files: readonly SourceFile[],
  places: Pick<ProjectPlaces, 'projectDir'>,
  why: string,
  source: string,
): PlannedFile[] {
  return files.map(({ file, executable }) => {
    const below = file.slice(source.length).normalize('NFC');
    const path = bundlePathOf(places, `${source}${below}`);
    return { path, content: { file }, executable, why };
  });
}

export function keysIn(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ file, isPrivateKey }) => (isPrivateKey ? [file] : []));
}

/**
 * Tells whether a missing source would break the start: Compose refuses it, or the engine puts an empty folder in its
 * place.
 */
function isBrokenStart({ source, created }: Mount, { facts }: Source): boolean {
  return facts.type === 'missing' && (!created || looksLikeFile(source));
}

function missing({ service, source }: Mount, written: string): BundleError {
  return new BundleError('input-unreadable', {
    operation: `packing the mounts of ${service},`,
    subject: source,
    expected: 'a file or folder of the project',
    found: `nothing there (${written} in the Compose file)`,
    hint: `Create ${basename(source)} first, or remove the mount: the application would not start without it. --profile packs only the named profiles.`,
  });
}

/** Fails with `usage` for a named path that has no effect: a typo would pack too little. */
function checkNamed(mounts: readonly Mount[], { include, exclude, places }: MountInput): void {
  const sources = mounts.flatMap(({ kind, source }) => (kind === 'volume' ? [] : [source]));
  const outside = include.filter((path) => !isOfProject(places, path));
  const unused = [
    ...include.filter((path) => !sources.some((source) => isAtOrBelow(source, path))),
    ...exclude.filter(
      (path) => !sources.some((one) => isAtOrBelow(one, path) || isAtOrBelow(path, one)),
    ),
  ];
  const wrong = outside.length > 0 ? outside : unused;
  if (wrong.length === 0) return;
  throw new BundleError('usage', {
    operation: 'reading --include, --exclude and their counterparts in the spec',
    subject: wrong.join(', '),
    expected: 'the source of a mount, in the project',
    found: outside.length > 0 ? `outside ${places.root}` : 'no service mounts it',
    hint: 'Check the path. `files:` in a spec packs files that are not mounted; --project-root sets the folder of the project.',
  });
}

function distinct(leftOut: readonly LeftOut[]): LeftOut[] {
  const byText = new Map(leftOut.map((entry) => [JSON.stringify(entry), entry]));
  return [...byText.values()];
}
