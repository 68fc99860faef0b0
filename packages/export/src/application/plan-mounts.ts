import { basename, join } from 'node:path';
import { insideProject, type Mount } from '@bundle/compose';
import { BundleError, type LeftOut } from '@bundle/format';
import type { PlannedFile } from './application.ts';
import { contentReason, type ProjectPlaces, placeReason } from './mount-rules.ts';
import { looksLikeFile, readSource, type Source, type SourceFile } from './sources.ts';

export interface MountPlan {
  readonly files: readonly PlannedFile[];
  readonly leftOut: readonly LeftOut[];
}

/** Packs the configuration that services mount from the project, and lists every mount that is not packed. */
export async function planMounts(
  mounts: readonly Mount[],
  places: ProjectPlaces,
  withheldReason: (file: string) => string | undefined,
  writtenOf: (mount: Mount) => string,
  isStarted: (service: string) => boolean,
): Promise<MountPlan> {
  const { projectDir } = places;
  const files: PlannedFile[] = [];
  const leftOut: LeftOut[] = [];
  for (const mount of mounts) {
    const { service } = mount;
    const written = writtenOf(mount);
    const leave = (source: string, reason: string): void => {
      leftOut.push({ service, source, reason });
    };
    const elsewhere = placeReason(mount, places, written);
    if (elsewhere !== undefined) {
      leave(written, elsewhere);
      continue;
    }
    const findBinaries = mount.kind === 'bind' && !mount.readOnly;
    const rules = { projectDir, withheldReason, findBinaries, upToConfiguration: true };
    const source = await readSource(mount.source, rules);
    if (isBrokenStart(mount, source)) {
      if (isStarted(service)) throw missing(mount, written);
      leave(written, 'not there; only services of profiles that are not used here need it');
      continue;
    }
    const whole = source.skipped.find(({ file }) => file === mount.source)?.reason;
    const reason = whole ?? contentReason(mount, source.facts);
    if (reason !== undefined) {
      leave(written, reason);
      continue;
    }
    files.push(...packed(source.files, projectDir, `mounted by ${service}`, mount.source));
    for (const { file, reason } of source.skipped) {
      leave(join(written, file.slice(mount.source.length)), reason);
    }
  }
  return { files, leftOut: distinct(leftOut) };
}

/**
 * Plans the files found at `source`. Names that only the disk has are packed in Unicode's composed form, in which a bundle
 * has all names; `source` itself is named in the Compose file too, and stays as it is there.
 */
export function packed(
  files: readonly SourceFile[],
  projectDir: string,
  why: string,
  source: string,
): PlannedFile[] {
  return files.flatMap(({ file, executable }) => {
    const below = file.slice(source.length).normalize('NFC');
    const path = insideProject(projectDir, `${source}${below}`);
    return path === undefined ? [] : [{ path, content: { file }, executable, why }];
  });
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

function distinct(leftOut: readonly LeftOut[]): LeftOut[] {
  const byText = new Map(leftOut.map((entry) => [JSON.stringify(entry), entry]));
  return [...byText.values()];
}
