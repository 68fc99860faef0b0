import { ioError, replaceFile } from '@bundle/files';
import { BundleError, productName } from '@bundle/format';
import { z } from 'zod';
import { type Instance, placesOf } from './state-folder.ts';
import { readStateJson } from './state-json.ts';

/** State of an instance on this host besides its files; one file, so that it changes in one step. */
export const journalVersion = 1;

/** Name of a folder under `releases/`. */
const releaseName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*-[0-9a-f]{12}$/);
const moment = z.iso.datetime();

/** Each step is recorded before it begins. Steps are idempotent, so the run after a crash begins the step again. */
const steps = ['back-up', 'restore', 'start', 'switch', 'undo'] as const;

const pendingSchema = z.object({
  action: z.enum(['up', 'rollback']),
  /** The release to roll back to; null when no release ran before. */
  from: releaseName.nullable(),
  to: releaseName,
  step: z.enum(steps),
  /** Folder under `backups/` with the previous state of the volumes; null when none were copied. */
  backup: z.string().nullable(),
  /** Folder under `backups/` whose volumes are restored before the start. */
  restore: z.string().nullable(),
  began: moment,
  /** Reason for the rollback; absent if nothing failed and it was stopped or another release was requested. */
  failure: z.string().optional(),
});
export type Pending = z.output<typeof pendingSchema>;
export type Step = Pending['step'];

const journalSchema = z.object({
  schemaVersion: z.literal(journalVersion),
  product: productName,
  /** The last release that was started and became healthy; null before the first. */
  running: z.object({ release: releaseName, since: moment }).nullable(),
  pending: pendingSchema.nullable(),
  /** Releases that ran, oldest first; the last entry is the running one. */
  history: z.array(
    z.object({
      release: releaseName,
      since: moment,
      /** Copy of the volumes from just before this release started. */
      backup: z.string().nullable(),
    }),
  ),
  /** Releases whose last start failed, with the reason, in order of failure. */
  failed: z.array(z.object({ release: releaseName, at: moment, why: z.string() })).default([]),
});
export type Journal = z.output<typeof journalSchema>;

/** Limit of the history, beyond what anybody reads. */
const maxHistory = 50;

export function newJournal(product: string): Journal {
  return {
    schemaVersion: journalVersion,
    product,
    running: null,
    pending: null,
    history: [],
    failed: [],
  };
}

const operation = 'reading the state folder';

/** Reads the journal of an instance; undefined when the command never started any of its releases. */
export function readJournal(instance: Pick<Instance, 'root'>): Promise<Journal | undefined> {
  const path = placesOf(instance).journal;
  const unreadable = {
    code: 'manifest-invalid',
    operation,
    expected: 'a journal as the command writes it',
    hint: 'Move the file away: the next `bundle up` takes over the running containers.',
  } as const;
  return readStateJson(path, journalSchema, unreadable, (document) => refuseNewer(document, path));
}

function refuseNewer(document: unknown, path: string): void {
  const version = z.looseObject({ schemaVersion: z.number() }).safeParse(document);
  if (!version.success || version.data.schemaVersion <= journalVersion) return;
  throw new BundleError('schema-newer', {
    operation,
    subject: path,
    expected: `schemaVersion ${journalVersion}`,
    found: `schemaVersion ${version.data.schemaVersion}`,
    hint: 'A newer bundle command uses this state folder: use that version. Nothing was changed.',
  });
}

/** Writes the journal; a reader sees either the old or the new one. */
export async function writeJournal(
  instance: Pick<Instance, 'root'>,
  journal: Journal,
): Promise<void> {
  const path = placesOf(instance).journal;
  const kept = { ...journal, history: journal.history.slice(-maxHistory) };
  try {
    await replaceFile(path, `${JSON.stringify(kept, undefined, 2)}\n`, 0o600);
  } catch (error) {
    throw ioError(error, 'writing the state folder', path, 'state-unwritable');
  }
}
