const largeBytes = 64 * 1024;

/** Reads exact numbers of bytes from chunks of any size. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #reuses: boolean;
  #chunk: Uint8Array = new Uint8Array(0);
  #large = new Uint8Array(0);

  /** `reuses`: a large read is valid only until the next one, which saves the memory of many of them. */
  constructor(chunks: AsyncIterable<Uint8Array>, { reuses = false } = {}) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#reuses = reuses;
  }

  /**
   * Returns up to `count` bytes, fewer only at the end. They may be a view of a chunk; do not change them. Chunks that
   * are valid only until the next one make this true of every read.
   */
  async read(count: number): Promise<Uint8Array> {
    if (this.#chunk.length >= count) return this.#take(count);
    const bytes = this.#buffer(count);
    let filled = 0;
    while (filled < count) {
      if (this.#chunk.length === 0) {
        const { value, done } = await this.#chunks.next();
        if (done === true) break;
        this.#chunk = value;
        continue;
      }
      const part = this.#take(Math.min(count - filled, this.#chunk.length));
      bytes.set(part, filled);
      filled += part.length;
    }
    return filled === count ? bytes : bytes.subarray(0, filled);
  }

  /** Stops reading; the producer can clean up. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #buffer(count: number): Uint8Array {
    if (!this.#reuses || count < largeBytes) return new Uint8Array(count);
    if (this.#large.length < count) this.#large = new Uint8Array(count);
    return this.#large.subarray(0, count);
  }

  #take(count: number): Uint8Array {
    const part = this.#chunk.subarray(0, count);
    this.#chunk = this.#chunk.subarray(count);
    return part;
  }
}
