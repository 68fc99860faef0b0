import { blockBytes, contentBytes, paddingBytes } from '@bundle/format/tar-header';
import { writeEdit } from './header-edit.ts';
import { emptyLists, joinLists, operation } from './operations.ts';

/** Writes operations; copies that follow one another become one. */
export class OperationWriter {
  #lists = emptyLists();
  #position = 0;
  #copyFrom = 0;
  #copyBytes = 0;
  #carryBytes = 0;
  #previous: Uint8Array = new Uint8Array(blockBytes);
  /** Bytes that the lists take so far. */
  get bytes(): number {
    const { operations, distances, lengths, masks, forms, text } = this.#lists;
    return [operations, distances, lengths, masks, forms, text].reduce(
      (sum, one) => sum + one.length,
      0,
    );
  }

  /** Returns where the reader is in the old bytes after everything so far. */
  get position(): number {
    return this.#copyBytes > 0 ? this.#copyFrom + this.#copyBytes : this.#position;
  }

  copy(from: number, bytes: number): void {
    if (bytes === 0) return;
    this.#endCarry();
    if (this.#copyBytes > 0 && this.#copyFrom + this.#copyBytes !== from) this.#endCopy();
    if (this.#copyBytes === 0) this.#copyFrom = from;
    this.#copyBytes += bytes;
  }

  carry(bytes: number): void {
    this.#endCopy();
    this.#carryBytes += bytes;
  }

  zero(bytes: number): void {
    if (bytes === 0) return;
    this.#end();
    this.#lists.operations.byte(operation.zero);
    this.#lists.lengths.number(bytes);
  }

  /** Writes a header like the one at `from` in the old bytes, which has `size` bytes of content. */
  header(header: Uint8Array, reference: Uint8Array, from: number): void {
    this.#end();
    this.#lists.operations.byte(operation.header);
    this.#like(header, reference, from);
    this.#position = from + blockBytes;
  }

  member(header: Uint8Array, reference: Uint8Array, from: number, content: 'old' | 'packs'): void {
    this.#end();
    this.#lists.operations.byte(content === 'old' ? operation.member : operation.changedMember);
    this.#like(header, reference, from);
    const oldSize = contentBytes(reference);
    this.#position = from + blockBytes + oldSize + paddingBytes(oldSize);
  }

  newHeader(header: Uint8Array): void {
    this.#new(header, operation.newHeader);
  }

  newMember(header: Uint8Array): void {
    this.#new(header, operation.newMember);
  }

  /** Returns the lists so far and begins new ones. */
  take(): Uint8Array {
    this.#end();
    const joined = joinLists(this.#lists);
    this.#lists = emptyLists();
    return joined;
  }

  #new(header: Uint8Array, kind: number): void {
    this.#end();
    this.#lists.operations.byte(kind);
    writeEdit(header, this.#previous, this.#previous, this.#lists);
    this.#previous = Uint8Array.from(header);
  }

  #like(header: Uint8Array, reference: Uint8Array, from: number): void {
    this.#lists.distances.signed(from - this.#position);
    writeEdit(header, reference, this.#previous, this.#lists);
    this.#previous = Uint8Array.from(header);
  }

  #end(): void {
    this.#endCopy();
    this.#endCarry();
  }

  #endCopy(): void {
    if (this.#copyBytes === 0) return;
    this.#lists.operations.byte(operation.copy);
    this.#lists.distances.signed(this.#copyFrom - this.#position);
    this.#lists.lengths.number(this.#copyBytes);
    this.#position = this.#copyFrom + this.#copyBytes;
    this.#copyBytes = 0;
  }

  #endCarry(): void {
    if (this.#carryBytes === 0) return;
    this.#lists.operations.byte(operation.carry);
    this.#lists.lengths.number(this.#carryBytes);
    this.#carryBytes = 0;
  }
}
