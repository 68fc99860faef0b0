import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reads the output of a real release of the compose plugin; see recorded/README.md. */
export function recorded(name: string): unknown {
  const text = readFileSync(join(import.meta.dirname, 'recorded', `${name}.json`), 'utf8');
  const value: unknown = JSON.parse(text);
  return value;
}
