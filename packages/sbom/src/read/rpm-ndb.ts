import { DamagedDatabase } from './damaged.ts';

// Packages.db (RPM, lib/backend/ndb/rpmpkg.c). Numbers have the lowest byte first. A header of 32 bytes: magic, version,
// generation, pages of slots. Slots of 16 bytes fill these pages, after the header: magic, package, block, blocks. A block
// has 16 bytes; at the first one of a package: magic, package, checksum, length, then the package's header.

const pageBytes = 4096;
const slotBytes = 16;
const blockBytes = 16;

/** Yields the headers of an RPM database in the form that SUSE uses. */
export function* ndbHeaders(bytes: Buffer): Generator<Buffer> {
  if (bytes.length < 32 || bytes.toString('latin1', 0, 4) !== 'RpmP') {
    throw new DamagedDatabase('it does not begin as RPM’s own form does');
  }
  const end = bytes.readUInt32LE(12) * pageBytes;
  if (end > bytes.length) throw new DamagedDatabase('it ends inside its list of packages');
  for (let slot = 32; slot < end; slot += slotBytes) {
    if (bytes.toString('latin1', slot, slot + 4) !== 'Slot') {
      throw new DamagedDatabase('its list of packages is broken');
    }
    const id = bytes.readUInt32LE(slot + 4);
    if (id === 0) continue;
    const start = bytes.readUInt32LE(slot + 8) * blockBytes;
    const isBlob =
      start + blockBytes <= bytes.length &&
      bytes.toString('latin1', start, start + 4) === 'BlbS' &&
      bytes.readUInt32LE(start + 4) === id;
    const stop = isBlob ? start + blockBytes + bytes.readUInt32LE(start + 12) : 0;
    if (stop === 0 || stop > bytes.length) {
      throw new DamagedDatabase(`package ${id} is not where the list says`);
    }
    yield bytes.subarray(start + blockBytes, stop);
  }
}
