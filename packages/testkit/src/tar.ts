const checksum = { start: 148, end: 156 } as const;

/** Corrects the checksum of a header in place (POSIX.1-1988, ustar). */
export function fixChecksum(header: Buffer): void {
  header.fill(' ', checksum.start, checksum.end);
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, checksum.start, 'latin1');
}

/** Returns an entry with other bytes in its header, and a checksum that fits. */
export function patchedEntry(entry: Buffer, offset: number, bytes: Buffer | string): Buffer {
  const copy = Buffer.from(entry);
  copy.set(Buffer.from(bytes), offset);
  fixChecksum(copy);
  return copy;
}

/** Makes a PAX record, whose length includes itself. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = Buffer.byteLength(rest);
  const digits = String(length + String(length).length).length;
  return `${length + digits}${rest}`;
}
