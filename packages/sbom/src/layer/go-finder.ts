import { sbomLimits } from '../package.ts';
import { goHeaderBytes, goInfoBytes, goMagic } from '../read/go.ts';
import type { Sink } from './tar-walker.ts';

const alignment = 16;
const elfMagic = 0x464c457f;

/**
 * Finds the build information of Go in a program that streams past, and keeps nothing else of it. The section that holds
 * it is listed at the end of the file, so its magic is looked for instead, as Go itself does in programs without sections.
 */
export class GoFinder implements Sink {
  readonly #found: (info: Buffer) => void;
  /** The end of what has been searched, and then the information. */
  #held: Buffer = Buffer.alloc(0);
  /** Position in the file of the first held byte. */
  #start = 0;
  #state: 'first' | 'searching' | 'found' | 'done' = 'first';

  constructor(found: (info: Buffer) => void) {
    this.#found = found;
  }

  write(chunk: Buffer): void {
    if (this.#state === 'done') return;
    if (this.#state === 'searching') {
      this.#search(chunk);
      return;
    }
    this.#held = Buffer.concat([this.#held, chunk]);
    if (this.#state === 'found') {
      this.#complete();
      return;
    }
    if (this.#held.length < 4) return;
    if (this.#held.readUInt32LE(0) !== elfMagic) {
      this.#finish();
      return;
    }
    this.#state = 'searching';
    const all = this.#held;
    this.#held = Buffer.alloc(0);
    this.#search(all);
  }

  end(): void {
    // Cut short: the reader says so.
    if (this.#state === 'found') this.#found(this.#held);
    this.#finish();
  }

  #search(chunk: Buffer): void {
    // The magic may begin in the previous chunk.
    const seam = Buffer.concat([this.#held, chunk.subarray(0, goMagic.length - 1)]);
    const atSeam = this.#held.length === 0 ? -1 : this.#aligned(seam, this.#start);
    if (atSeam !== -1 && atSeam < this.#held.length) {
      this.#take(Buffer.concat([this.#held.subarray(atSeam), chunk]));
      return;
    }
    const chunkStart = this.#start + this.#held.length;
    const at = this.#aligned(chunk, chunkStart);
    if (at !== -1) {
      this.#take(Buffer.from(chunk.subarray(at)));
      return;
    }
    const tail = Buffer.concat([this.#held, chunk.subarray(-goMagic.length)]);
    const kept = tail.subarray(-(goMagic.length - 1));
    this.#start = chunkStart + chunk.length - kept.length;
    this.#held = Buffer.from(kept);
  }

  /** Returns the place of the magic at a multiple of 16 in the file; -1 if it is not there. */
  #aligned(bytes: Buffer, start: number): number {
    for (let at = bytes.indexOf(goMagic); at !== -1; at = bytes.indexOf(goMagic, at + 1)) {
      if ((start + at) % alignment === 0) return at;
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
    if (this.#held.length < Math.max(size, goHeaderBytes)) return;
    this.#found(this.#held);
    this.#finish();
  }

  #finish(): void {
    this.#state = 'done';
    this.#held = Buffer.alloc(0);
  }
}
