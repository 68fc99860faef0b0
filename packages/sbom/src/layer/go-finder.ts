import { sbomLimits } from '../package.ts';
import { goHeaderBytes, goInfoBytes, goMagic } from '../read/go.ts';
import { dataSegments, type FileRange } from './elf.ts';
import type { Sink } from './tar-walker.ts';

const alignment = 16;
const nothing: Buffer = Buffer.alloc(0);

/**
 * Finds the build information of Go in a program that streams past, and keeps nothing else of it. The section that holds
 * it is listed at the end of the file, so its magic is looked for in all data instead, as Go itself does in programs
 * without sections.
 */
export class GoFinder implements Sink {
  readonly #found: (info: Buffer) => void;
  #state: 'first' | 'searching' | 'found' | 'done' = 'first';
  #segments: readonly FileRange[] = [];
  /** The first bytes, then the end of what has been searched, then the information. */
  #held = nothing;
  /** Position in the file of the next chunk. */
  #position = 0;

  constructor(found: (info: Buffer) => void) {
    this.#found = found;
  }

  write(chunk: Buffer): void {
    if (this.#state === 'done') return;
    if (this.#state === 'searching') {
      this.#search(chunk);
      return;
    }
    // Most often the first chunk is enough, and is not copied.
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (this.#state === 'first') {
      this.#begin(bytes);
      return;
    }
    this.#held = bytes;
    this.#complete();
  }

  end(): void {
    // Cut short: the reader says so.
    if (this.#state === 'found') this.#found(this.#held);
    this.#finish();
  }

  #begin(bytes: Buffer): void {
    const segments = dataSegments(bytes);
    if (segments === undefined) {
      this.#held = Buffer.from(bytes);
      return;
    }
    if (segments.length === 0) {
      this.#finish();
      return;
    }
    this.#state = 'searching';
    this.#segments = segments;
    this.#held = nothing;
    this.#search(bytes);
  }

  #search(chunk: Buffer): void {
    const start = this.#position;
    this.#position += chunk.length;
    const seam = goMagic.length - 1;
    if (!this.#hasData(start - seam, this.#position)) {
      this.#held = nothing;
      return;
    }
    // The magic may begin in the previous chunk.
    const before = this.#held;
    const joined = Buffer.concat([before, chunk.subarray(0, seam)]);
    const atSeam = before.length === 0 ? -1 : this.#magicIn(joined, start - before.length);
    if (atSeam !== -1 && atSeam < before.length) {
      this.#take(Buffer.concat([before.subarray(atSeam), chunk]));
      return;
    }
    for (const segment of this.#segments) {
      const from = Math.max(segment.start - start, 0);
      const to = Math.min(segment.end - start, chunk.length);
      if (from >= to) continue;
      const at = this.#magicIn(chunk.subarray(from, to), start + from);
      if (at === -1) continue;
      this.#take(chunk.subarray(from + at));
      return;
    }
    const tail = chunk.length < seam ? Buffer.concat([before, chunk]) : chunk;
    this.#held = Buffer.from(tail.subarray(-seam));
  }

  #hasData(start: number, end: number): boolean {
    return this.#segments.some((segment) => segment.start < end && start < segment.end);
  }

  /** Returns the place of the magic at a multiple of 16 in the file; -1 if it is not there. */
  #magicIn(bytes: Buffer, position: number): number {
    for (let at = bytes.indexOf(goMagic); at !== -1; at = bytes.indexOf(goMagic, at + 1)) {
      if ((position + at) % alignment === 0) return at;
    }
    return -1;
  }

  #take(bytes: Buffer): void {
    this.#state = 'found';
    this.#held = bytes;
    this.#complete();
  }

  #complete(): void {
    const wanted = goInfoBytes(this.#held);
    const size = Math.min(wanted ?? Number.POSITIVE_INFINITY, sbomLimits.maxGoInfoBytes);
    if (this.#held.length < Math.max(size, goHeaderBytes)) {
      this.#held = Buffer.from(this.#held);
      return;
    }
    this.#found(this.#held);
    this.#finish();
  }

  #finish(): void {
    this.#state = 'done';
    this.#held = nothing;
  }
}
