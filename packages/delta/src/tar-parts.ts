import { blockBytes, contentBytes, isHeader, paddingBytes } from '@bundle/format/tar-header';
import { ByteSource } from './byte-source.ts';
import { pieceBytes } from './limits.ts';

/** Pieces of a tar in their order; together they are all its bytes. */
export type TarPart =
  /** A header whose checksum is right. */
  | { readonly kind: 'header'; readonly bytes: Uint8Array; readonly size: number }
  /** Content of at most `pieceBytes`, from `offset` of an entry of `size` bytes. */
  | Content
  /** Anything else: the blocks at the end, or what is not a tar. */
  | { readonly kind: 'loose'; readonly bytes: Uint8Array };

/** Content of at most `pieceBytes`, from `offset` of an entry of `size` bytes. The last piece has the padding. */
export interface Content {
  readonly kind: 'content';
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly size: number;
  readonly padding: Uint8Array;
}

/**
 * Cuts a tar into headers, content and the rest. It never fails: what does not parse is loose bytes, and parsing goes on at
 * the next block that is a header. The bytes of a part are valid until the next part.
 */
export async function* partsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarPart> {
  const source = new ByteSource(chunks, { reuses: true });
  let loose: Uint8Array[] = [];
  let looseBytes = 0;
  try {
    for (;;) {
      const block = await source.read(blockBytes);
      const header = isHeader(block);
      if (looseBytes > 0 && (header || block.length < blockBytes || looseBytes >= pieceBytes)) {
        yield { kind: 'loose', bytes: Buffer.concat(loose) };
        loose = [];
        looseBytes = 0;
      }
      if (block.length === 0) return;
      if (!header) {
        loose.push(block);
        looseBytes += block.length;
        continue;
      }
      const size = contentBytes(block);
      yield { kind: 'header', bytes: block, size };
      yield* contentOf(source, size);
    }
  } finally {
    await source.close();
  }
}

async function* contentOf(source: ByteSource, size: number): AsyncGenerator<Content> {
  for (let offset = 0; offset < size; ) {
    const bytes = await source.read(Math.min(pieceBytes, size - offset));
    if (bytes.length === 0) return;
    const isLast = offset + bytes.length === size;
    const padding = isLast ? await source.read(paddingBytes(size)) : nothing;
    yield { kind: 'content', bytes, offset, size, padding };
    offset += bytes.length;
  }
}

const nothing = new Uint8Array(0);
