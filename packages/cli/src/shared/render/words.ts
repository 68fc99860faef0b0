import prettyBytes from 'pretty-bytes';
import { duration } from '../terminal/progress-text.ts';

export function bytesText(bytes: number): string {
  return prettyBytes(bytes);
}

export function secondsText(seconds: number): string {
  return duration(seconds * 1000);
}

/** `1 image`, `2 images`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** A digest as people tell them apart. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
