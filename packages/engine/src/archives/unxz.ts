import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { XzReadableStream } from 'xz-decompress';

/** Yields the bytes of a file that is compressed with xz. Fails if it is damaged or cut short. */
export async function* unxzBytes(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const plain = new XzReadableStream(ReadableStream.from(stored));
  for await (const chunk of Readable.fromWeb(plain)) yield Buffer.from(chunk);
}
