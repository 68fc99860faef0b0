/**
 * Parses a time in an allowed-signers file: YYYYMMDD or YYYYMMDDHHMM[SS], in UTC if `Z` follows, else in the time zone
 * of this host. Undefined for anything else, such as the 31st of February.
 */
export function parseTimestamp(text: string): Date | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z)?$/i.exec(text);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((digits) => Number(digits ?? 0));
  const parts = [year, month - 1, day, hour, minute, second] as const;
  const isUtc = found[7] !== undefined;
  const time = isUtc ? new Date(Date.UTC(...parts)) : new Date(...parts);
  const read = isUtc
    ? [time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()]
    : [time.getFullYear(), time.getMonth(), time.getDate()];
  const isReal = read.every((part, index) => part === parts[index]);
  return isReal && hour < 24 && minute < 60 && second < 60 ? time : undefined;
}
