import prettyBytes from 'pretty-bytes';

export function bytesText(bytes: number): string {
  return prettyBytes(bytes);
}

/** Formats an RFC 3339 time in UTC: a report is read in other time zones than its bundle was made in. */
export function utcTime(time: string): string {
  return time.replace('T', ' ').replace(/(:\d\d)?Z$/, ' UTC');
}
