import { join } from 'node:path';
import { isAtOrBelow, type Mount, type WrittenMount } from '@bundle/compose';
import type { LeftOut } from '@bundle/format';
import type { MountDecision, PlannedFile } from './application.ts';
import { checkNamed, type Decided, decide, type MountInput } from './decide-mount.ts';
import { hostOwnReason, isSourceReason } from './mount-rules.ts';
import { bundlePathOf, isOfProject, type ProjectPlaces } from './places.ts';
import { keptPlace } from './relocate.ts';
import { type Relocated, relocatedOf } from './relocated-mounts.ts';
import type { Source, SourceFile } from './sources.ts';

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

/** Packs the configuration that services mount from the project, and lists every mount that is not packed. */
export async function planMounts(all: readonly Mount[], input: MountInput): Promise<MountPlan> {
  checkNamed(all, input);
  const mounts = sharedAccess(all);
  const decided = new Map<Mount, Decided>();
  const apart = new Set<string>();
  // The deepest first: a subfolder that is left out must not influence the decision about its parent.
  for (const mount of mounts.toSorted((a, b) => b.source.length - a.source.length)) {
    const one = await decide(mount, apart, mounts, input);
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

/** A folder in a folder of data is what containers write there. */
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

/** One line for each source, whatever mounts it. */
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

function distinct(leftOut: readonly LeftOut[]): LeftOut[] {
  const byText = new Map(leftOut.map((entry) => [JSON.stringify(entry), entry]));
  return [...byText.values()];
}
