import type { Reading } from '../package.ts';
import { Collector, linesOf } from './fields.ts';

/** Parts of Python that have metadata of their own. pip does not list them either. */
const ofPython: ReadonlySet<string> = new Set(['python', 'wsgiref', 'argparse']);

/**
 * Reads the metadata of an installed distribution: METADATA of a wheel, PKG-INFO of an egg. Only headers count, which end
 * at the first empty line (Python's core metadata specification).
 */
export function readPython(bytes: Buffer): Reading {
  const found = new Collector();
  const fields = new Map<string, string>();
  for (const line of linesOf(bytes)) {
    if (line.trim() === '') break;
    const colon = line.indexOf(':');
    if (colon <= 0 || /^\s/.test(line)) continue;
    const name = line.slice(0, colon).toLowerCase();
    if (!fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  const name = fields.get('name') ?? '';
  if (ofPython.has(name.toLowerCase())) return { packages: [] };
  const license = fields.get('license-expression') ?? fields.get('license');
  found.add({
    type: 'pypi',
    name,
    version: fields.get('version') ?? '',
    license: license === 'UNKNOWN' ? undefined : license,
  });
  return found.reading();
}
