import { basename } from 'node:path';
import { isAtOrBelow, type Lookup, type Mount, type WrittenMount } from '@bundle/compose';
import { BundleError, defined, type LeftOut } from '@bundle/format';
import type { Compared } from './application.ts';
import {
  comparedReason,
  contentReason,
  isLikeData,
  isSourceReason,
  placeReason,
} from './mount-rules.ts';
import { isOfProject, type ProjectPlaces } from './places.ts';
import { contentsOf, looksLikeFile, readSource, type Source, type SourceRules } from './sources.ts';

export interface MountInput {
  readonly places: ProjectPlaces;
  /** Why a file stays here whatever mounts it. */
  readonly withheldReason: (file: string) => string | undefined;
  /** As the Compose file has it; what it does not spell out is described. */
  readonly writtenOf: (mount: Mount) => WrittenMount;
  readonly lookup: Lookup;
  /** Whether a service runs here, as far as the profiles say. */
  readonly isStarted: (service: string) => boolean;
  /** Absolute paths that somebody wants packed, or left out, whatever they hold. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** What the image of a service has where source code is mounted, once that is known. */
  readonly compared: (mount: Mount) => Compared | undefined;
  /** All entries of `volumes:` of a service, as they are written. */
  readonly entriesOf: (service: string) => readonly unknown[];
}

/** What becomes of a mount, and what was at its source. */
export interface Decided {
  readonly mount: Mount;
  readonly written: WrittenMount;
  readonly was: NonNullable<LeftOut['was']>;
  /** Why it is not packed; absent where it is. */
  readonly reason?: string;
  /** Its contents are data, so what lies in it is too. */
  readonly isData?: boolean;
  readonly source?: Source;
}

/**
 * Decides about a mount. `all`: every mount of the project. `apart`: sources that are left out, so they are no part of the folders around them. Fails with
 * `input-unreadable` where the application could not start here either.
 */
export async function decide(
  mount: Mount,
  apart: ReadonlySet<string>,
  all: readonly Mount[],
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
  if (mount.volume !== undefined && was !== 'nothing') {
    return { ...base, reason: 'data: the folder of a named volume', isData: true };
  }
  if (!isIncluded && was === 'folder' && isLikeData(mount, all)) {
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

/** A file that is not there: Compose refuses it, or the engine puts an empty folder in its place. */
function isBrokenStart({ source, created }: Mount, { facts }: Source): boolean {
  return facts.type === 'missing' && (!created || looksLikeFile(source));
}

function missing({ service, source }: Mount, written: string): BundleError {
  return new BundleError('input-unreadable', {
    operation: `packing what ${service} mounts,`,
    subject: source,
    expected: 'a file or folder of the project',
    found: `nothing there (${written} in the Compose file)`,
    hint: `Make ${basename(source)} first, or take the mount out: the application would not start without it. --profile packs only the profiles that you name.`,
  });
}

/** Fails with `usage` for a path that is named and decides nothing: a slip of the pen would pack too little. */
export function checkNamed(
  mounts: readonly Mount[],
  { include, exclude, places }: MountInput,
): void {
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
    operation: 'reading --include, --exclude and the same of the spec',
    subject: wrong.join(', '),
    expected: 'the source of a mount, in the project',
    found: outside.length > 0 ? `outside ${places.root}` : 'no service mounts it',
    hint: 'Check the path. `files:` in a spec packs what is not mounted; --project-root says what the project is.',
  });
}
