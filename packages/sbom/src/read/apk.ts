import type { Reading } from '../package.ts';
import { Collector, stanzasOf } from './fields.ts';

const wanted = new Set(['P', 'V', 'A', 'L', 'o']);

/** Reads `lib/apk/db/installed` (apk-db(5)). Fields of files have other letters and are passed over. */
export function readApk(bytes: Buffer): Reading {
  const found = new Collector();
  for (const fields of stanzasOf(bytes, wanted)) {
    const name = fields.get('P') ?? '';
    const origin = fields.get('o');
    found.add({
      type: 'apk',
      name,
      version: fields.get('V') ?? '',
      architecture: fields.get('A'),
      source: origin === name ? undefined : origin,
      license: fields.get('L'),
    });
  }
  return found.reading();
}
