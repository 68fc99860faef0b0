import prettyBytes from 'pretty-bytes';

export function bytesText(bytes: number): string {
  return prettyBytes(bytes);
}

/** Shortens a digest to the length at which people tell digests apart. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

/** Formats an RFC 3339 time in UTC: a report is read in other time zones than its bundle was made in. */
export function utcTime(time: string): string {
  return time.replace('T', ' ').replace(/(:\d\d)?Z$/, ' UTC');
}
