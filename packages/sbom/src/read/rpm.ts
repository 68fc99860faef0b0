import type { Reading } from '../package.ts';
import { DamagedDatabase } from './damaged.ts';
import { Collector } from './fields.ts';
import { bdbHeaders } from './rpm-bdb.ts';
import { addRpmHeader } from './rpm-header.ts';
import { ndbHeaders } from './rpm-ndb.ts';
import { sqliteHeaders } from './rpm-sqlite.ts';

const forms = { 'rpmdb.sqlite': sqliteHeaders, 'Packages.db': ndbHeaders, Packages: bdbHeaders };

/** Reads an RPM database: SQLite since RPM 4.16, ndb on SUSE, Berkeley DB before. The form follows from the file's name. */
export function readRpm(bytes: Buffer, path: string): Reading {
  const found = new Collector();
  const [, headers] = Object.entries(forms).find(([name]) => path.endsWith(`/${name}`)) ?? [];
  try {
    for (const header of withinSize(headers?.(bytes) ?? [], bytes.length))
      addRpmHeader(found, header);
  } catch (error) {
    if (!(error instanceof DamagedDatabase)) throw error;
    found.problem(`is damaged: ${error.message}`);
  }
  return found.reading();
}

/** Bytes that a database takes at least for an entry, besides its value. */
const leastEntryBytes = 4;

/** Passes values on while all of them can be in a database at once. Entries that share one make small files take hours. */
function* withinSize(values: Iterable<Buffer>, bytes: number): Generator<Buffer> {
  let left = bytes;
  for (const value of values) {
    left -= value.length + leastEntryBytes;
    if (left < 0) throw new DamagedDatabase('its values overlap');
    yield value;
  }
}
