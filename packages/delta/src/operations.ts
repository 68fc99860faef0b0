import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { invalidDelta } from './errors.ts';

/**
 * What the reader does next. The position is where it is in the old bytes; distances are from there.
 */
export const operation = {
  /** Old bytes: distance, length. The position is then behind them. */
  copy: 0,
  /** Bytes of the packs: length. */
  carry: 1,
  /** Zeros: length. */
  zero: 2,
  /** A header like an old one: distance, edit. The position is then behind the old header. */
  header: 3,
  /** The same, then its content from behind the old header, then padding. The position is then behind all that. */
  member: 4,
  /** The same, but the content comes from the packs. */
  changedMember: 5,
  /** A header like the one before it in the new layer: edit. */
  newHeader: 6,
  /** The same, then its content from the packs, then padding. */
  newMember: 7,
} as const;

export interface OperationLists<T> {
  readonly operations: T;
  readonly distances: T;
  readonly lengths: T;
  readonly masks: T;
  readonly forms: T;
  readonly text: T;
}

/** The order of the lists in a record. */
const names = ['operations', 'distances', 'lengths', 'masks', 'forms', 'text'] as const;

export function emptyLists(): OperationLists<ByteWriter> {
  return {
    operations: new ByteWriter(),
    distances: new ByteWriter(),
    lengths: new ByteWriter(),
    masks: new ByteWriter(),
    forms: new ByteWriter(),
    text: new ByteWriter(),
  };
}

/** Returns the lists one after another, each with its length before it. */
export function joinLists(lists: OperationLists<ByteWriter>): Uint8Array {
  const joined = new ByteWriter();
  for (const name of names) {
    joined.number(lists[name].length);
    joined.bytes(lists[name].view());
  }
  return joined.view();
}

export function splitLists(bytes: Uint8Array): OperationLists<ByteReader> {
  const joined = new ByteReader(bytes);
  const next = (): ByteReader => new ByteReader(joined.bytes(joined.number()));
  const lists = {
    operations: next(),
    distances: next(),
    lengths: next(),
    masks: next(),
    forms: next(),
    text: next(),
  };
  if (joined.rest > 0) throw invalidDelta('the end of the lists', `${joined.rest} more bytes`);
  return lists;
}

/** Refuses lists of which something is left when all operations are done. */
export function checkUsed(lists: OperationLists<ByteReader>): void {
  for (const name of names) {
    if (lists[name].rest > 0)
      throw invalidDelta('no unused bytes in a list', `${lists[name].rest}`);
  }
}
