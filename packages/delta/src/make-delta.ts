import {
  blockBytes,
  contentBytes,
  isExtension,
  isZero,
  paddingBytes,
  pathIn,
  typeOf,
} from '@bundle/format/tar-header';
import { type Cut, Cutter } from './cutter.ts';
import { checkAborted } from './errors.ts';
import { keyOf } from './key-table.ts';
import { pieceBytes } from './limits.ts';
import { type LayerBytes, OldBytes } from './old-bytes.ts';
import { indexOld, leastCopyBytes, longNameIn, type OldEntry, type OldIndex } from './old-index.ts';
import { OperationWriter } from './operation-writer.ts';
import { looksLikeProgram, PackWriter } from './pack-writer.ts';
import { endRecord, operationsRecord, type Range, startOfDelta } from './record.ts';
import { type Content, partsOf } from './tar-parts.ts';

/** Packs that are compressed at once; bounds memory. */
const packsInFlight = 2;
/** A list of operations ends after this many packs, or bytes of operations. */
const packsInGroup = 12;
const operationBytes = 1024 * 1024;

/**
 * Yields the delta that makes the layer `next` from `old`: its whole tar from the old layers' tars (docs/bundle-format.md).
 * Reads `old` once from the beginning and then here and there, and `next` once; memory does not grow with the layers.
 */
export async function* makeDelta(
  old: readonly LayerBytes[],
  next: AsyncIterable<Uint8Array>,
  { signal }: { signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  yield startOfDelta(old.map(({ size }) => size));
  const maker = new Maker(new OldBytes(old), await indexOld(old, signal));
  for await (const part of partsOf(next)) {
    checkAborted(signal, 'making a delta');
    if (part.kind === 'header') await maker.header(part.bytes, part.size);
    else if (part.kind === 'content') await maker.content(part);
    else await maker.loose(part.bytes);
    if (maker.isGroupFull) yield* maker.endGroup();
  }
  await maker.end();
  yield* maker.endGroup();
  yield* maker.endGroup();
  yield endRecord(maker.size);
}

/** Finds for each part of the new layer what the old ones have of it. */
class Maker {
  /** Bytes of the new layer so far. */
  size = 0;
  readonly #old: OldBytes;
  readonly #index: OldIndex;
  readonly #writer = new OperationWriter();
  readonly #packs: PackWriter;
  readonly #cutter: Cutter;
  readonly #inFlight = new Set<Promise<unknown>>();
  #group: Promise<Uint8Array>[] = [];
  #previousGroup: Promise<Uint8Array>[] = [];
  /** A header that waits for its content. */
  #waiting: Member | undefined;
  /** The entry whose content is being read, if it is larger than a piece. */
  #current: Member | undefined;
  #isProgram = false;
  /** The path that an extension gave to the next entry. */
  #longName: string | undefined;

  constructor(old: OldBytes, index: OldIndex) {
    this.#old = old;
    this.#index = index;
    this.#cutter = new Cutter(old);
    this.#packs = new PackWriter(old, (record) => this.#start(record));
  }

  get isGroupFull(): boolean {
    return this.#group.length >= packsInGroup || this.#writer.bytes >= operationBytes;
  }

  async header(bytes: Uint8Array, size: number): Promise<void> {
    await this.#endHeader();
    this.size += bytes.length;
    const type = typeOf(bytes);
    const path = isExtension(type) ? '' : (this.#longName ?? pathIn(bytes, 'latin1'));
    if (!isExtension(type)) this.#longName = undefined;
    this.#waiting = {
      bytes: new Uint8Array(bytes),
      size,
      type,
      path,
      old: this.#ancestor(type, path, size),
    };
  }

  async content(part: Content): Promise<void> {
    this.size += part.bytes.length + part.padding.length;
    const member = this.#waiting;
    if (member !== undefined && isExtension(member.type)) {
      this.#longName = longNameIn(member.type, part.bytes) ?? this.#longName;
    }
    // The operations for whole members go by the size in the header: an extension may have given another one.
    const isWhole = part.bytes.length === part.size && isUsualPadding(part);
    if (member !== undefined && isWhole && contentBytes(member.bytes) === part.size) {
      this.#waiting = undefined;
      await this.#wholeMember(member, part.bytes);
      return;
    }
    if (member !== undefined) this.#current = member;
    await this.#endHeader();
    await this.#piece(part);
  }

  async loose(bytes: Uint8Array): Promise<void> {
    await this.#endHeader();
    this.#isProgram = looksLikeProgram(bytes);
    const from = Math.min(this.#old.lastStart + this.size, this.#old.size);
    const like = { offset: from, length: Math.min(bytes.length, this.#old.size - from) };
    await this.#anyBytes(bytes, like);
    this.size += bytes.length;
  }

  async end(): Promise<void> {
    await this.#endHeader();
    await this.#packs.flush();
  }

  /** Yields the group before this one; this one is done in the meantime. */
  async *endGroup(): AsyncGenerator<Uint8Array> {
    await this.#packs.flush();
    const joined = this.#writer.take();
    const lists = joined.length > 6 ? [operationsRecord(joined)] : [];
    const ready = this.#previousGroup;
    this.#previousGroup = [...lists, ...this.#group];
    this.#group = [];
    for (const record of ready) yield await record;
  }

  #ancestor(type: string, path: string, size: number): OldEntry | undefined {
    if (isExtension(type)) {
      const next = this.#index.at(this.#writer.position);
      return next?.type === type ? next : undefined;
    }
    const same = this.#index.byPath(path);
    return same ?? (size > 0 ? this.#index.byLikePath(path, size) : undefined);
  }

  /** Writes the header that waits, without its content. */
  async #endHeader(): Promise<void> {
    const member = this.#waiting;
    if (member === undefined) return;
    this.#waiting = undefined;
    if (member.old === undefined) {
      this.#writer.newHeader(member.bytes);
      return;
    }
    const reference = await this.#old.read(member.old.header, blockBytes);
    if (areEqual(reference, member.bytes)) this.#writer.copy(member.old.header, blockBytes);
    else this.#writer.header(member.bytes, reference, member.old.header);
  }

  async #wholeMember(member: Member, content: Uint8Array): Promise<void> {
    const { old } = member;
    const isNatural = old?.size === content.length && (await this.#isAt(old.content, content));
    const source = isNatural ? old : this.#copyOf(content);
    if (source === undefined) {
      await this.#changedMember(member, content);
      return;
    }
    const reference = await this.#old.read(source.header, blockBytes);
    if (!areEqual(reference, member.bytes)) {
      this.#writer.member(member.bytes, reference, source.header, 'old');
      return;
    }
    this.#writer.copy(source.header, blockBytes + content.length);
    await this.#padding(
      new Uint8Array(paddingBytes(content.length)),
      source.content + content.length,
    );
  }

  async #changedMember(member: Member, content: Uint8Array): Promise<void> {
    const { old } = member;
    this.#isProgram = looksLikeProgram(content);
    const cuts = await this.#cutter.cut({
      bytes: content,
      like: this.#rangeOf(old, 0, content.length),
      natural: old?.content,
      isProgram: this.#isProgram,
    });
    if (cuts.some(({ kind }) => kind === 'copy')) {
      this.#waiting = member;
      await this.#endHeader();
      await this.#write(content, cuts);
      const padding = new Uint8Array(paddingBytes(content.length));
      await this.#padding(padding, old === undefined ? 0 : old.content + content.length);
      return;
    }
    if (old === undefined) this.#writer.newMember(member.bytes);
    else {
      const reference = await this.#old.read(old.header, blockBytes);
      this.#writer.member(member.bytes, reference, old.header, 'packs');
    }
    for (const cut of cuts)
      if (cut.kind === 'carry') await this.#packs.add(content, cut.like, this.#isProgram);
  }

  /** Returns an old entry that has exactly this content. */
  #copyOf(content: Uint8Array): OldEntry | undefined {
    if (content.length < leastCopyBytes) return undefined;
    const found = this.#index.byContent(keyOf(content));
    const entry = found === undefined ? undefined : this.#index.ofContent(found);
    return entry?.size === content.length ? entry : undefined;
  }

  async #piece({ bytes, offset, padding }: Content): Promise<void> {
    const old = this.#current?.old;
    // The strings of a program may fill a piece of their own, and are moved with its code.
    if (offset === 0) this.#isProgram = looksLikeProgram(bytes);
    await this.#anyBytes(
      bytes,
      this.#rangeOf(old, offset, bytes.length),
      old && old.content + offset,
    );
    await this.#padding(padding, old === undefined ? 0 : old.content + offset + bytes.length);
  }

  async #padding(padding: Uint8Array, at: number): Promise<void> {
    if (padding.length === 0) return;
    if (this.#writer.position === at && (await this.#isAt(at, padding))) {
      this.#writer.copy(at, padding.length);
    } else if (isZero(padding)) this.#writer.zero(padding.length);
    else {
      this.#writer.carry(padding.length);
      await this.#packs.add(padding, undefined, false);
    }
  }

  async #anyBytes(bytes: Uint8Array, like: Range | undefined, natural?: number): Promise<void> {
    if (isZero(bytes)) {
      this.#writer.zero(bytes.length);
      return;
    }
    if (natural !== undefined && (await this.#isAt(natural, bytes))) {
      this.#writer.copy(natural, bytes.length);
      return;
    }
    const found = bytes.length < leastCopyBytes ? undefined : this.#index.byContent(keyOf(bytes));
    if (found !== undefined) {
      this.#writer.copy(found, bytes.length);
      return;
    }
    const isProgram = this.#isProgram;
    await this.#write(bytes, await this.#cutter.cut({ bytes, like, natural, isProgram }));
  }

  async #write(bytes: Uint8Array, cuts: readonly Cut[]): Promise<void> {
    for (const cut of cuts) {
      if (cut.kind === 'copy') this.#writer.copy(cut.from, cut.length);
      else {
        this.#writer.carry(cut.length);
        const carried = bytes.subarray(cut.at, cut.at + cut.length);
        await this.#packs.add(carried, cut.like, this.#isProgram);
      }
    }
  }

  /** Returns the old bytes that are likely to be like a piece: those at the same place, and some around them. */
  #rangeOf(old: OldEntry | undefined, offset: number, length: number): Range | undefined {
    if (old === undefined || old.size === 0) return undefined;
    const around = old.size <= 2 * pieceBytes ? 2 * pieceBytes : 0.75 * pieceBytes;
    const from = Math.max(0, Math.min(offset - around, old.size - 1));
    const to = Math.min(old.size, offset + length + around);
    return to > from ? { offset: old.content + from, length: to - from } : undefined;
  }

  async #isAt(offset: number, bytes: Uint8Array): Promise<boolean> {
    if (offset < 0 || offset + bytes.length > this.#old.size) return false;
    return areEqual(await this.#old.read(offset, bytes.length), bytes);
  }

  async #start(record: Promise<Uint8Array>): Promise<void> {
    // A failure is reported when its turn comes; until then it must not count as unhandled.
    const done = record.then(
      () => undefined,
      () => undefined,
    );
    this.#inFlight.add(done);
    void done.then(() => this.#inFlight.delete(done));
    this.#group.push(record);
    if (this.#inFlight.size >= packsInFlight) await Promise.race(this.#inFlight);
  }
}

interface Member {
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly type: string;
  readonly path: string;
  readonly old: OldEntry | undefined;
}

function isUsualPadding({ padding, size }: Content): boolean {
  return padding.length === paddingBytes(size) && isZero(padding);
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
