import {
  channelName,
  digestSchema,
  parseJson,
  productName,
  releaseVersion,
  sequenceNumber,
  signerSchema,
} from '@bundle/format';
import { z } from 'zod';

/** What is recorded of what happens to the applications of a host. */
export const historyActions = [
  'import',
  'up',
  'rollback',
  'rebuild',
  'undo rebuild',
  'prune',
  'uninstall',
] as const;
export type HistoryAction = (typeof historyActions)[number];

/** Digest of the bytes of the entry before, without its line feed; null in the first one. */
const previous = digestSchema.nullable();
const time = z.iso.datetime();

const beganSchema = z.object({
  event: z.literal('began'),
  previous,
  time,
  action: z.enum(historyActions),
  instance: productName,
  product: productName,
  version: releaseVersion.optional(),
  channel: channelName.optional(),
  sequence: sequenceNumber.optional(),
  digest: digestSchema.optional(),
  /** Who signed the bundle, as the host judged it. */
  signers: z.array(signerSchema).optional(),
  /** What somebody allowed that is refused otherwise. */
  allowed: z.array(z.enum(['older'])).optional(),
  /** Other things that say what was done, such as the services of a rebuild. */
  detail: z.string().optional(),
  by: z.object({
    user: z.string(),
    uid: z.number().int(),
    /** The user that logged in, where the kernel knows another one than `uid`. */
    login: z.number().int().optional(),
  }),
});

const endedSchema = z.object({
  event: z.literal('ended'),
  previous,
  time,
  /** Digest of the entry that says what began. */
  began: digestSchema,
  outcome: z.enum(['done', 'failed']),
  /** Of the failure, as docs/exit-codes.md lists them. */
  code: z.string().optional(),
});

/** An entry that a crash left unfinished, and that could not be completed. */
const cutSchema = z.object({
  event: z.literal('cut'),
  previous,
  time,
  bytes: z.number().int(),
  digest: digestSchema,
});

export const entrySchema = z.discriminatedUnion('event', [beganSchema, endedSchema, cutSchema]);
export type HistoryEntry = z.output<typeof entrySchema>;
export type BeganEntry = z.output<typeof beganSchema>;

type Unlinked<Entry> = Entry extends HistoryEntry ? Omit<Entry, 'previous' | 'time'> : never;
/** What an entry says, before its place in the log is known. */
export type EntryFields = Unlinked<HistoryEntry>;

/** Reads one line of the log; undefined for what is not an entry. */
export function parseEntry(line: Buffer): HistoryEntry | undefined {
  let document: unknown;
  try {
    document = parseJson(line);
  } catch {
    // Whoever reads it says where the log is damaged.
    return undefined;
  }
  return entrySchema.safeParse(document).data;
}
