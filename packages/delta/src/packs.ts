import type { ByteSource } from './byte-source.ts';
import { invalidDelta } from './errors.ts';
import { deltaLimits } from './limits.ts';
import type { OldBytes } from './old-bytes.ts';
import { openPack } from './open-pack.ts';
import { readExactly, readPack, recordType, within } from './record.ts';

/** Packs that are decompressed ahead. */
const packsAhead = 1;

/** The bytes that the packs of a delta make, one pack after another. */
export class Packs {
  readonly #old: OldBytes;
  readonly #source: ByteSource;
  readonly #mostReferenced: number;
  #referenced = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  readonly #ahead: Promise<Uint8Array>[] = [];
  /** The type of the record that follows the packs, once it was read. */
  #following: number | undefined;

  constructor(old: OldBytes, source: ByteSource, size: number) {
    this.#old = old;
    this.#source = source;
    this.#mostReferenced = Math.max(
      deltaLimits.leastReferenceBytes,
      size * deltaLimits.maxReferenceRatio,
    );
  }

  /** Yields the next bytes of the packs. */
  async *take(count: number): AsyncGenerator<Uint8Array> {
    for (let rest = count; rest > 0; ) {
      if (this.#bytes.length === 0) this.#bytes = await this.#next();
      const part = this.#bytes.subarray(0, rest);
      this.#bytes = this.#bytes.subarray(part.length);
      rest -= part.length;
      yield part;
    }
  }

  /** Returns the type of the next record, which is no pack, or a pack that nothing uses. */
  async nextRecord(): Promise<number> {
    this.checkUsed();
    const type = this.#following ?? (await this.#readType());
    this.#following = undefined;
    return type;
  }

  /** Refuses bytes of packs that no operation has used. */
  checkUsed(): void {
    if (this.#bytes.length > 0 || this.#ahead.length > 0) {
      throw invalidDelta('packs that are used up', 'more bytes in them');
    }
  }

  async #next(): Promise<Uint8Array> {
    while (this.#ahead.length <= packsAhead && this.#following === undefined) {
      const type = await this.#readType();
      if (type !== recordType.pack) {
        this.#following = type;
        break;
      }
      const stored = await readPack(this.#source);
      for (const { length } of stored.ranges) this.#referenced += length;
      within(this.#referenced, this.#mostReferenced, 'old bytes in all packs');
      const opened = openPack(this.#old, stored);
      // A failure is reported when its turn comes; until then it must not count as unhandled.
      opened.catch(() => undefined);
      this.#ahead.push(opened);
    }
    const next = this.#ahead.shift();
    if (next === undefined) throw invalidDelta('a pack', 'none');
    return next;
  }

  async #readType(): Promise<number> {
    return (await readExactly(this.#source, 1))[0] ?? recordType.end;
  }
}
