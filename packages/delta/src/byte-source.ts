/** Reads exact numbers of bytes from chunks of any size. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Returns up to `count` bytes, fewer only at the end. They may be a view of a chunk; do not change them. */
  async read(count: number): Promise<Uint8Array> {
    if (this.#chunk.length >= count) return this.#take(count);
    const bytes = new Uint8Array(count);
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

  #take(count: number): Uint8Array {
    const part = this.#chunk.subarray(0, count);
    this.#chunk = this.#chunk.subarray(count);
    return part;
  }
}
