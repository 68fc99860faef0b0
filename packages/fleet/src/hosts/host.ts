import { isIPv6 } from 'node:net';
import { z } from 'zod';

/** Most hosts of one file: a range such as `host[1:999999999]` must not fill the memory. */
export const maxHosts = 10_000;
/** Most groups of one inventory: those of clouds have some hundreds. */
export const maxGroups = 5_000;
/** Most hosts of groups, and variables and settings of hosts, each counted wherever it applies. */
export const maxApplied = 2_000_000;
/** Most characters of a host with its ranges: a name itself has up to 253. */
export const maxPatternChars = 1_000;
/** Most characters of a line: a host with many variables. */
export const maxLineChars = 64 * 1024;
/** Most settings of one host. */
const maxSettings = 1_000;

/**
 * A name, an address or a user ends up on the command line of ssh and, through `%h` and `%r`, in commands of people's
 * configurations. So none begins with a hyphen or has a character that means something to a shell.
 */
const hostWord = z
  .string()
  .max(253, 'expected at most 253 characters')
  .regex(
    /^[A-Za-z0-9_:][A-Za-z0-9._:%-]*$/,
    'expected a host name or an address: letters, digits and any of . _ : % -, not beginning with a hyphen',
  )
  .refine(
    (word) => !word.includes(':') || isIPv6(word),
    'expected a name without a port, which is a field of its own, or an IPv6 address',
  );

const userWord = z
  .string()
  .max(256)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._@-]*$/, 'expected a user name: letters, digits and . _ @ -');

const port = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,5}$/)
      .transform(Number),
  ])
  .refine(
    (number) => Number.isInteger(number) && number >= 1 && number <= 65_535,
    'expected a number from 1 to 65535',
  );

const remotePath = z
  .string()
  .max(1024)
  .regex(/^\/[^\p{Cc}]*$/u, 'expected an absolute path');

const settings = z
  .record(z.string(), z.unknown())
  .refine((all) => Object.keys(all).length <= maxSettings, `more than ${maxSettings} settings`)
  .pipe(
    z.record(
      z.string().regex(/^(?:[^:=]+:)?[A-Za-z_]\w*$/, 'expected a setting: NAME or FILE:NAME'),
      z.union([z.string(), z.number(), z.boolean()]).transform(String),
    ),
  );

/** How a host is reached, and what is particular to it. */
export const hostSchema = z.strictObject({
  /** What ssh connects to; absent: the name. */
  address: hostWord.optional(),
  port: port.optional(),
  user: userWord.optional(),
  /** Run everything as root, by `sudo` without a password. */
  sudo: z.boolean().optional(),
  /** State folder of the host; absent: the default there. */
  stateDir: remotePath.optional(),
  /** The command on that host; absent: `bundle` on its PATH, else one that is sent. */
  command: remotePath.optional(),
  /** Settings of the application that only this host has. */
  settings: settings.optional(),
});

export type HostFields = z.output<typeof hostSchema>;

export interface Host extends HostFields {
  /** Name in the file, which reports use. */
  readonly name: string;
}

export const hostName = hostWord;

/** Variables as a file has them: nothing of them has been checked. */
export type Variables = ReadonlyMap<string, unknown>;

export function problemOfName(name: string): string {
  const issue = hostName.safeParse(name).error?.issues[0]?.message ?? 'not a host name';
  return `${JSON.stringify(name)}: ${issue}`;
}

/** Checks the fields of a host; returns the first thing that is wrong with them. */
export function checkFields(fields: unknown): HostFields | { readonly problem: string } {
  const parsed = hostSchema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const words = issue?.message.replace(/^Invalid input: /, '') ?? 'not fields of a host';
  return { problem: [...(issue?.path ?? []), words].join(': ') };
}
