import { blockBytes, checksumField, checksumOf, isZero } from '@bundle/format/tar-header';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { invalidDelta } from './errors.ts';

/** The lists in which edits of headers are kept; like next to like, so that they compress. */
export interface EditLists<T> {
  /** One number for each header: the fields that differ, and whether the checksum is unusual. */
  readonly masks: T;
  /** How each differing field is written, with its numbers. */
  readonly forms: T;
  readonly text: T;
}

/** The fields of a header (POSIX ustar, and GNU tar with it) except the checksum: start and length. */
const headerFields = [
  { start: 0, length: 100 }, // name
  { start: 100, length: 8 }, // mode
  { start: 108, length: 8 }, // owner
  { start: 116, length: 8 }, // group
  { start: 124, length: 12 }, // size
  { start: 136, length: 12 }, // time of the last change
  { start: 156, length: 1 }, // type
  { start: 157, length: 100 }, // link target
  { start: 257, length: 8 }, // magic and version
  { start: 265, length: 32 }, // name of the owner
  { start: 297, length: 32 }, // name of the group
  { start: 329, length: 8 }, // device, major
  { start: 337, length: 8 }, // device, minor
  { start: 345, length: 155 }, // prefix of the name
  { start: 500, length: 12 }, // rest
] as const;

/** Bit of a mask: the checksum is not written as usual, so its 8 bytes follow. */
const checksumBit = 2 ** headerFields.length;
const form = {
  /** The same as in the header before it in the new layer. */
  previous: 0,
  /** Octal digits that fill the field but for a NUL; the difference to the reference follows. */
  octal: 1,
  /** A prefix of the reference's field, then other bytes, then NULs. */
  text: 2,
  /** All bytes of the field. */
  bytes: 3,
} as const;

/** Writes what differs between a header and its reference. */
export function writeEdit(
  header: Uint8Array,
  reference: Uint8Array,
  previous: Uint8Array,
  lists: EditLists<ByteWriter>,
): void {
  let mask = 0;
  for (const [index, { start, length }] of headerFields.entries()) {
    if (areEqual(header, reference, start, length)) continue;
    mask += 2 ** index;
    writeField(header, reference, previous, { start, length }, lists);
  }
  const usual = Uint8Array.from(header);
  writeChecksum(usual);
  if (!areEqual(header, usual, checksumField.start, checksumField.length)) {
    mask += checksumBit;
    lists.text.bytes(slice(header, checksumField));
  }
  lists.masks.number(mask);
}

/** Returns a header from its reference and what `writeEdit` wrote. */
export function readEdit(
  reference: Uint8Array,
  previous: Uint8Array,
  lists: EditLists<ByteReader>,
): Uint8Array {
  const header = Uint8Array.from(reference);
  const mask = lists.masks.number();
  if (mask >= checksumBit * 2) throw invalidDelta('fields of a tar header', `mask ${mask}`);
  for (const [index, field] of headerFields.entries()) {
    if ((mask & (2 ** index)) !== 0)
      header.set(readField(reference, previous, field, lists), field.start);
  }
  writeChecksum(header);
  if ((mask & checksumBit) !== 0) {
    header.set(lists.text.bytes(checksumField.length), checksumField.start);
  }
  return header;
}

interface Field {
  readonly start: number;
  readonly length: number;
}

function writeField(
  header: Uint8Array,
  reference: Uint8Array,
  previous: Uint8Array,
  field: Field,
  { forms, text }: EditLists<ByteWriter>,
): void {
  const { start, length } = field;
  if (areEqual(header, previous, start, length)) {
    forms.byte(form.previous);
    return;
  }
  const value = octalIn(header, field);
  if (value !== undefined) {
    forms.byte(form.octal);
    forms.signed(value - (octalIn(reference, field) ?? 0));
    return;
  }
  const bytes = slice(header, field);
  const end = bytes.indexOf(0);
  const used = end === -1 ? length : end;
  if (!isZero(bytes.subarray(used))) {
    forms.byte(form.bytes);
    text.bytes(bytes);
    return;
  }
  let shared = 0;
  while (shared < used && header[start + shared] === reference[start + shared]) shared++;
  forms.byte(form.text);
  forms.byte(shared);
  forms.byte(used - shared);
  text.bytes(bytes.subarray(shared, used));
}

function readField(
  reference: Uint8Array,
  previous: Uint8Array,
  field: Field,
  { forms, text }: EditLists<ByteReader>,
): Uint8Array {
  const { start, length } = field;
  switch (forms.byte()) {
    case form.previous:
      return slice(previous, field);
    case form.octal:
      return octalField((octalIn(reference, field) ?? 0) + forms.signed(), length);
    case form.text: {
      const bytes = new Uint8Array(length);
      const shared = forms.byte();
      const other = forms.byte();
      if (shared + other > length) throw invalidDelta(`${length} bytes of a tar header`, 'more');
      bytes.set(reference.subarray(start, start + shared));
      bytes.set(text.bytes(other), shared);
      return bytes;
    }
    case form.bytes:
      return text.bytes(length);
    default:
      throw invalidDelta('a form of a header field', 'an unknown one');
  }
}

/** Writes the checksum as usual: six octal digits, NUL, space. */
function writeChecksum(header: Uint8Array): void {
  let sum = checksumOf(header);
  for (let at = checksumField.start + 5; at >= checksumField.start; at--) {
    header[at] = 0x30 + (sum & 7);
    sum >>= 3;
  }
  header[checksumField.start + 6] = 0;
  header[checksumField.start + 7] = 0x20;
}

/** Returns the number in a field if its digits fill it but for one NUL. */
function octalIn(header: Uint8Array, { start, length }: Field): number | undefined {
  if (length < 8 || length > 12 || header[start + length - 1] !== 0) return undefined;
  let value = 0;
  for (let at = start; at < start + length - 1; at++) {
    const digit = (header[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) return undefined;
    value = value * 8 + digit;
  }
  return value;
}

function octalField(value: number, length: number): Uint8Array {
  if (length < 8 || length > 12 || value < 0 || value >= 8 ** (length - 1)) {
    throw invalidDelta('a number that fits its header field', String(value));
  }
  const bytes = new Uint8Array(length);
  let rest = value;
  for (let at = length - 2; at >= 0; at--) {
    bytes[at] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
  return bytes;
}

function slice(header: Uint8Array, { start, length }: Field): Uint8Array {
  return header.subarray(start, start + length);
}

function areEqual(one: Uint8Array, other: Uint8Array, start: number, length: number): boolean {
  for (let at = start; at < start + length; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** The reference of a first header that has no older one. */
export const emptyHeader = new Uint8Array(blockBytes);
