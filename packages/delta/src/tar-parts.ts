import {
  blockBytes,
  contentBytes,
  hasContent,
  isExtension,
  isHeader,
  paddingBytes,
  typeOf,
} from '@bundle/format/tar-header';
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
  /** The size that an extension gave to the next entry: a file of 8 GiB has it there, and 0 in its header. */
  let longSize: number | undefined;
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
        loose.push(Uint8Array.from(block));
        looseBytes += block.length;
        continue;
      }
      const type = typeOf(block);
      const isLong = longSize !== undefined && !isExtension(type) && hasContent(block);
      const size = isLong ? (longSize ?? 0) : contentBytes(block);
      if (!isExtension(type)) longSize = undefined;
      yield { kind: 'header', bytes: block, size };
      for await (const part of contentOf(source, size)) {
        if (type === 'x') longSize = longSizeIn(part.bytes) ?? longSize;
        yield part;
      }
    }
  } finally {
    await source.close();
  }
}

async function* contentOf(source: ByteSource, size: number): AsyncGenerator<Content> {
  for (let offset = 0; offset < size; ) {
    const length = Math.min(pieceBytes, size - offset);
    // In one read with its padding, because a second read would end the first one's bytes.
    const padded = await source.read(length + (offset + length === size ? paddingBytes(size) : 0));
    if (padded.length === 0) return;
    const bytes = padded.subarray(0, length);
    yield { kind: 'content', bytes, offset, size, padding: padded.subarray(length) };
    offset += bytes.length;
  }
}

function longSizeIn(records: Uint8Array): number | undefined {
  const text = Buffer.from(records.buffer, records.byteOffset, records.length).toString('latin1');
  const size = Number(/(?:^|\n)\d+ size=(\d+)\n/.exec(text)?.[1]);
  return Number.isSafeInteger(size) ? size : undefined;
}
