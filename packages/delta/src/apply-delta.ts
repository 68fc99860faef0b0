import { blockBytes, contentBytes, paddingBytes } from '@bundle/format/tar-header';
import { ByteSource } from './byte-source.ts';
import { checkAborted, invalidDelta } from './errors.ts';
import { readEdit } from './header-edit.ts';
import { deltaLimits } from './limits.ts';
import { type LayerBytes, OldBytes } from './old-bytes.ts';
import { checkUsed, operation, splitLists } from './operations.ts';
import { Packs } from './packs.ts';
import {
  endBytes,
  magic,
  readExactly,
  readNumber,
  readOperations,
  recordType,
  within,
} from './record.ts';

/** Bytes of one step of a copy. */
const stepBytes = 1024 * 1024;
const zeros = new Uint8Array(64 * 1024);

/**
 * Yields the layer that a delta makes from `old`. Refuses a delta that is malformed, that is for other old layers, or that
 * does not make exactly `size` bytes, before it yields more than that. What it yields is valid until the next chunk. The
 * digest is for the caller to check.
 */
export async function* applyDelta(
  old: readonly LayerBytes[],
  delta: AsyncIterable<Uint8Array>,
  { size, signal }: { readonly size: number; readonly signal?: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const source = new ByteSource(delta);
  try {
    const sizes = await readStart(source);
    const found = old.map((layer) => layer.size);
    if (sizes.join() !== found.join()) {
      throw invalidDelta(`old layers of ${sizes.join(', ')} bytes`, `${found.join(', ')}`);
    }
    const applier = new Applier(new OldBytes(old), source, size);
    for await (const bytes of applier.run()) {
      checkAborted(signal, 'rebuilding a layer from a delta');
      yield bytes;
    }
  } finally {
    await source.close();
  }
}

/** Returns the sizes of the old layers. */
async function readStart(source: ByteSource): Promise<number[]> {
  const start = await readExactly(source, magic.length);
  if (Buffer.compare(start, magic) !== 0) throw invalidDelta('a delta of this encoding');
  const count = within(await readNumber(source), deltaLimits.maxOldLayers, 'old layers');
  const sizes: number[] = [];
  for (let index = 0; index < count; index++) sizes.push(await readNumber(source));
  return sizes;
}

/** What a delta says of itself. */
export interface DeltaHeader {
  /** Bytes of each old layer, in their order. */
  readonly oldSizes: readonly number[];
  /** Bytes of the layer that it makes. */
  readonly size: number;
}

/** Returns what a delta needs and makes, from its beginning and its end. */
export async function readDeltaHeader(delta: LayerBytes): Promise<DeltaHeader> {
  const first = await bytesAt(delta, 0, Math.min(delta.size, 4096));
  const oldSizes = await readStart(new ByteSource(chunks(first)));
  if (delta.size < endBytes) throw invalidDelta('more of the delta', 'its end');
  return { oldSizes, size: sizeAtEnd(await bytesAt(delta, delta.size - endBytes, endBytes)) };
}

async function bytesAt(delta: LayerBytes, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, await delta.readInto(bytes, offset));
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function sizeAtEnd(bytes: Uint8Array): number {
  const size = Number(Buffer.from(bytes).readBigUInt64LE(1));
  if (bytes[0] !== recordType.end) throw invalidDelta('a record at the end of the delta');
  return within(size, deltaLimits.maxLayerBytes, 'bytes of a layer');
}

class Applier {
  readonly #old: OldBytes;
  readonly #source: ByteSource;
  readonly #packs: Packs;
  readonly #size: number;
  #made = 0;
  #position = 0;
  #previous: Uint8Array = new Uint8Array(blockBytes);

  constructor(old: OldBytes, source: ByteSource, size: number) {
    this.#old = old;
    this.#source = source;
    this.#size = size;
    this.#packs = new Packs(old, source, size);
  }

  async *run(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const type = await this.#packs.nextRecord();
      if (type === recordType.end) return await this.#end();
      if (type !== recordType.operations)
        throw invalidDelta('a list of operations', `record ${type}`);
      for await (const bytes of this.#operations(await readOperations(this.#source))) {
        this.#count(bytes.length);
        yield bytes;
      }
    }
  }

  async #end(): Promise<void> {
    this.#packs.checkUsed();
    const rest = await this.#source.read(endBytes);
    if (rest.length !== endBytes - 1)
      throw invalidDelta('the end of the delta', `${rest.length} bytes`);
    const declared = sizeAtEnd(Buffer.concat([Uint8Array.of(recordType.end), rest]));
    if (declared !== this.#size || this.#made !== this.#size) {
      throw invalidDelta(
        `a layer of ${this.#size} bytes`,
        `${this.#made} bytes made, ${declared} declared`,
      );
    }
  }

  /** Refuses what would exceed the layer, before it is made. */
  #room(bytes: number): number {
    if (bytes === 0) throw invalidDelta('an operation that makes bytes', 'one that does not');
    if (bytes > this.#size - this.#made)
      throw invalidDelta(`a layer of ${this.#size} bytes`, 'a larger one');
    return bytes;
  }

  #count(bytes: number): void {
    this.#made += bytes;
    if (this.#made > this.#size)
      throw invalidDelta(`a layer of ${this.#size} bytes`, 'a larger one');
  }

  async *#operations(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    const lists = splitLists(bytes);
    if (lists.operations.rest === 0) throw invalidDelta('operations', 'an empty list');
    while (lists.operations.rest > 0) {
      const kind = lists.operations.byte();
      switch (kind) {
        case operation.copy: {
          this.#move(lists.distances.signed());
          yield* this.#copy(this.#room(lists.lengths.number()));
          break;
        }
        case operation.carry:
          yield* this.#packs.take(this.#room(lists.lengths.number()));
          break;
        case operation.zero:
          yield* zeroBytes(this.#room(lists.lengths.number()));
          break;
        case operation.header:
        case operation.member:
        case operation.changedMember: {
          this.#move(lists.distances.signed());
          const reference = Uint8Array.from(await this.#read(blockBytes));
          const header = readEdit(reference, this.#previous, lists);
          this.#previous = header;
          this.#room(blockBytes);
          yield header;
          if (kind === operation.header) break;
          const oldSize = contentBytes(reference);
          const end = this.#position + oldSize + paddingBytes(oldSize);
          yield* this.#member(header, kind === operation.member);
          this.#position = end;
          break;
        }
        case operation.newHeader:
        case operation.newMember: {
          const header = readEdit(this.#previous, this.#previous, lists);
          this.#previous = header;
          this.#room(blockBytes);
          yield header;
          if (kind === operation.newMember) yield* this.#member(header, false);
          break;
        }
        default:
          throw invalidDelta('an operation', String(kind));
      }
    }
    checkUsed(lists);
  }

  async *#member(header: Uint8Array, isCopy: boolean): AsyncGenerator<Uint8Array> {
    const size = contentBytes(header);
    if (size === 0) throw invalidDelta('a member with content', 'one without');
    const padding = paddingBytes(size);
    this.#room(size + padding);
    yield* isCopy ? this.#copy(size) : this.#packs.take(size);
    if (padding > 0) yield zeros.subarray(0, padding);
  }

  #move(distance: number): void {
    this.#position += distance;
  }

  async #read(bytes: number): Promise<Uint8Array> {
    const from = this.#position;
    if (from < 0 || from + bytes > this.#old.size) {
      throw invalidDelta(`a place in ${this.#old.size} old bytes`, `${bytes} bytes at ${from}`);
    }
    this.#position += bytes;
    return this.#old.peek(from, bytes) ?? (await this.#old.read(from, bytes));
  }

  async *#copy(bytes: number): AsyncGenerator<Uint8Array> {
    for (let rest = bytes; rest > 0; ) {
      const step = Math.min(rest, stepBytes);
      yield await this.#read(step);
      rest -= step;
    }
  }
}

function* zeroBytes(bytes: number): Generator<Uint8Array> {
  for (let rest = bytes; rest > 0; rest -= zeros.length) {
    yield zeros.subarray(0, Math.min(rest, zeros.length));
  }
}
