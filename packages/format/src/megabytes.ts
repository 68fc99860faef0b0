/** Writes a size in megabytes, or in gigabytes from one on, in powers of 1000: `12.5 MB`, `1.25 GB`. */
export function megabytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
