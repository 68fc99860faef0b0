import { z } from 'zod';

/** Parses an option that names a file or a folder; one trailing slash makes no difference. */
export const pathOption = z
  .string()
  .min(1, 'expected a path')
  .transform((path) => path.replace(/(?<=[^/])\/+$/, ''));

const secondsIn: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Returns the seconds of `90`, `15s`, `5m`, `1.5h` or `1h30m`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (/^\d{1,9}(\.\d{1,6})?$/.test(text)) return Number(text);
  if (!/^(\d{1,9}(\.\d{1,6})?(h|ms|m|s))+$/.test(text)) return undefined;
  const parts = text.matchAll(/([\d.]+)(h|ms|m|s)/g);
  return [...parts].reduce((sum, [, number, unit = '']) => {
    return sum + Number(number) * (secondsIn[unit] ?? Number.NaN);
  }, 0);
}

const maxSeconds = 86_400;

/** Parses a duration into seconds, at most a day. */
export const durationOption = z.string().transform((text, issues) => {
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds <= maxSeconds) return seconds;
  issues.addIssue('expected a duration of at most a day, such as 90, 15s, 5m or 1h30m');
  return z.NEVER;
});

/** Parses the NAME=VALUE values of a repeatable option into a record by name. */
export function pairs(form: RegExp, expected = 'expected NAME=VALUE') {
  return z
    .array(z.string().regex(form, expected))
    .default([])
    .transform((given) => Object.fromEntries(given.map((pair) => pair.split(/=(.*)/s, 2))));
}

/** How many of something to show. */
export const countOption = z
  .string()
  .regex(/^[1-9]\d{0,4}$/, 'expected a number from 1 to 99999')
  .transform(Number);

/** The place of a release in its channel. */
export const sequenceOption = z
  .string()
  .regex(/^\d{1,16}$/, 'expected a whole number')
  .transform(Number)
  .refine(Number.isSafeInteger, `expected a number up to ${Number.MAX_SAFE_INTEGER}`);

const prefixes = ['', 'k', 'm', 'g', 't'];

/**
 * Returns the bytes of `4000M`, `4.7 GB`, `2GiB` or `500mb`, rounded down; undefined for anything else. Units are
 * decimal, or binary with an i.
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,6})?) ?([kmgt]?)(i?)b?$/i.exec(text);
  if (match === null) return undefined;
  const [, number = '', prefix = '', binary] = match;
  if (binary && prefix === '') return undefined;
  const factor = (binary ? 1024 : 1000) ** prefixes.indexOf(prefix.toLowerCase());
  const bytes = Math.floor(Number(number) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

export const sizeOption = z.string().transform((text, issues) => {
  const bytes = parseSize(text);
  if (bytes !== undefined) return bytes;
  issues.addIssue('expected a size such as 4000M, 4.7G or 2GiB');
  return z.NEVER;
});

/** Bytes that fit on a medium, leaving some room for its file system. */
export const partPresets: Readonly<Record<string, number>> = {
  // FAT32 limits a file to 4 GiB minus one byte.
  fat32: 4_294_967_295,
  dvd: 4_700_000_000,
  cd: 700_000_000,
};

/** Smallest part; anything smaller would make too many parts. */
export const minPartBytes = 64 * 1024;

export const partSizeOption = z.string().transform((text, issues) => {
  const bytes = partPresets[text] ?? parseSize(text);
  if (bytes !== undefined && bytes >= minPartBytes) return bytes;
  issues.addIssue('expected fat32, dvd, cd or a size of 64KiB or more, such as 4000M');
  return z.NEVER;
});
