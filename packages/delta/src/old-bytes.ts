/** Uncompressed tar of a layer that can be read anywhere. */
export interface LayerBytes {
  /** Bytes of the tar. */
  readonly size: number;
  /** Returns exactly `length` bytes from `offset`; both lie within the layer. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

const windowBytes = 1024 * 1024;

/** The old layers one after another as one row of bytes. Small reads share a window. */
export class OldBytes {
  readonly #layers: readonly { readonly start: number; readonly layer: LayerBytes }[];
  readonly size: number;
  #window: Uint8Array = new Uint8Array(0);
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

  /** Returns bytes within 0 … `size`; they are a view, so copy what has to stay. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.peek(offset, length) ?? (await this.#readOutside(offset, length));
  }

  /** Returns the bytes if they are at hand. */
  peek(offset: number, length: number): Uint8Array | undefined {
    const from = offset - this.#windowStart;
    if (from < 0 || from + length > this.#window.length) return undefined;
    return this.#window.subarray(from, from + length);
  }

  async #readOutside(offset: number, length: number): Promise<Uint8Array> {
    if (length >= windowBytes) return this.readWhole(offset, length);
    this.#window = await this.readWhole(offset, Math.min(windowBytes, this.size - offset));
    this.#windowStart = offset;
    return this.#window.subarray(0, length);
  }

  /** Returns bytes of any number of layers in a buffer of their own. */
  async readWhole(offset: number, length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (const { start, layer } of this.#layers) {
      const from = Math.max(offset, start);
      const to = Math.min(offset + length, start + layer.size);
      if (from < to) parts.push(await exactly(layer, from - start, to - from));
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }
}

async function exactly(layer: LayerBytes, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await layer.read(offset, length);
  if (bytes.length !== length)
    throw new Error(`an old layer gave ${bytes.length} bytes for ${length}`);
  return bytes;
}

/** Yields a layer from its beginning to its end. */
export async function* chunksOf(
  layer: LayerBytes,
  chunkBytes = windowBytes,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < layer.size; at += chunkBytes) {
    yield exactly(layer, at, Math.min(chunkBytes, layer.size - at));
  }
}
