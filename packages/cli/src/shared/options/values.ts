import { z } from 'zod';

export const seconds = z.coerce.number('expected seconds').min(0, 'expected seconds').max(86_400);

/** Values of an option that may be given several times, each NAME=VALUE, by their names. */
export function pairs(form: RegExp) {
  return z
    .array(z.string().regex(form, 'expected NAME=VALUE'))
    .default([])
    .transform((given) => Object.fromEntries(given.map((pair) => pair.split(/=(.*)/s, 2))));
}

const units: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };
const binaryUnits: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** `4000M`, `4.7G`, `2GiB`: bytes, rounded down; undefined when it is none. Decimal units, and binary ones with an i. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,6})?) ?([kKMGT]i?)?B?$/.exec(text);
  if (match === null) return undefined;
  const [, number = '', unit = ''] = match;
  const factor = { ...units, ...binaryUnits }[unit.replace(/^K(?!i)/, 'k')];
  const bytes = Math.floor(Number(number) * (factor ?? Number.NaN));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

export const sizeOption = z.string().transform((text, issues) => {
  const bytes = parseSize(text);
  if (bytes !== undefined) return bytes;
  issues.addIssue('expected a size such as 4000M, 4.7G or 2GiB');
  return z.NEVER;
});

/** What fits a medium, with some room for its file system. */
export const partPresets: Readonly<Record<string, number>> = {
  // The largest file of FAT32 has 4 GiB less one byte.
  fat32: 4_294_967_295,
  dvd: 4_700_000_000,
  cd: 700_000_000,
};

/** Smaller ones would be too many. */
export const minPartBytes = 64 * 1024;

export const partSizeOption = z.string().transform((text, issues) => {
  const bytes = partPresets[text] ?? parseSize(text);
  if (bytes !== undefined && bytes >= minPartBytes) return bytes;
  issues.addIssue('expected fat32, dvd, cd or a size of 64KiB or more, such as 4000M');
  return z.NEVER;
});
