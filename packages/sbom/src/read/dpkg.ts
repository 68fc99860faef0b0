import type { Reading } from '../package.ts';
import { Collector, stanzasOf } from './fields.ts';

const wanted = new Set(['Package', 'Status', 'Version', 'Architecture', 'Source']);

/** States of dpkg in which the files of a package are there (dpkg-query(1), Package-status). */
const present = new Set([
  'installed',
  'unpacked',
  'half-configured',
  'triggers-awaited',
  'triggers-pending',
]);

/** Reads `var/lib/dpkg/status`, or a file of `status.d`, whose packages state no status (deb-control(5)). */
export function readDpkg(bytes: Buffer): Reading {
  const found = new Collector();
  for (const fields of stanzasOf(bytes, wanted)) {
    const state = fields.get('Status')?.split(/\s+/)[2] ?? 'installed';
    if (!present.has(state)) continue;
    const name = fields.get('Package') ?? '';
    // `Source: glibc (2.36-9)` states its version where that differs.
    const source = fields.get('Source')?.split(' ')[0];
    found.add({
      type: 'deb',
      name,
      version: fields.get('Version') ?? '',
      architecture: fields.get('Architecture'),
      source: source === name ? undefined : source,
    });
  }
  return found.reading();
}
