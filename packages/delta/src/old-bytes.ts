/** Uncompressed tar of a layer that can be read anywhere. */
export interface LayerBytes {
  /** Bytes of the tar. */
  readonly size: number;
  /** Fills `target` with the bytes from `offset`, all of them within the layer; returns how many it read. */
  readInto(target: Buffer, offset: number): Promise<number>;
}

const windowBytes = 1024 * 1024;

/** The old layers one after another as one row of bytes. Small reads share a window. */
export class OldBytes {
  readonly #layers: readonly { readonly start: number; readonly layer: LayerBytes }[];
  readonly size: number;
  /** The window's memory, used again for each place that is read. */
  #buffer = Buffer.alloc(0);
  #window = this.#buffer;
  #windowStart = 0;

  constructor(layers: readonly LayerBytes[]) {
    let size = 0;
    this.#layers = layers.map((layer) => {
      const start = size;
      size += layer.size;
      return { start, layer };
    });
    this.size = size;
  }

  /** Returns where the last layer begins. */
  get lastStart(): number {
    return this.#layers.at(-1)?.start ?? 0;
  }

  /** Returns bytes within 0 … `size`; they are a view that is valid until the next read, so copy what has to stay. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.peek(offset, length) ?? (await this.#readOutside(offset, length));
  }

  /** Returns the bytes if they are at hand. */
  peek(offset: number, length: number): Uint8Array | undefined {
    const from = offset - this.#windowStart;
    if (from < 0 || from + length > this.#window.length) return undefined;
    return this.#window.subarray(from, from + length);
  }

  /** Fills `target` with bytes of any number of layers; the window stays as it is. */
  async readInto(target: Buffer, offset: number): Promise<void> {
    for (const { start, layer } of this.#layers) {
      const from = Math.max(offset, start);
      const to = Math.min(offset + target.length, start + layer.size);
      if (from < to)
        await readExactly(layer, from - start, target.subarray(from - offset, to - offset));
    }
  }

  async #readOutside(offset: number, length: number): Promise<Uint8Array> {
    const size = Math.max(length, Math.min(windowBytes, this.size - offset));
    if (this.#buffer.length < size)
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(size, windowBytes));
    // Nothing is at hand while the memory is filled, nor after a failure.
    this.#window = this.#buffer.subarray(0, 0);
    const window = this.#buffer.subarray(0, size);
    await this.readInto(window, offset);
    this.#window = window;
    this.#windowStart = offset;
    return window.subarray(0, length);
  }
}

async function readExactly(layer: LayerBytes, offset: number, target: Buffer): Promise<void> {
  const count = await layer.readInto(target, offset);
  if (count !== target.length)
    throw new Error(`an old layer gave ${count} bytes for ${target.length}`);
}

/** Yields a layer from its beginning to its end; a chunk is valid until the next one. */
export async function* chunksOf(
  layer: LayerBytes,
  chunkBytes = windowBytes,
): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, layer.size));
  for (let at = 0; at < layer.size; at += chunkBytes) {
    const chunk = buffer.subarray(0, Math.min(chunkBytes, layer.size - at));
    await readExactly(layer, at, chunk);
    yield chunk;
  }
}
