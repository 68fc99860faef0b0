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
    for (const header of headers?.(bytes) ?? []) addRpmHeader(found, header);
  } catch (error) {
    if (!(error instanceof DamagedDatabase)) throw error;
    found.problem(`is damaged: ${error.message}`);
  }
  return found.reading();
}
