// Writes the tables of docs/scale.md, or prints them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readParameters, tables, withTables } from './scale.js';

const path = join(import.meta.dirname, '../../docs/scale.md');
const made = tables(readParameters());
if (process.argv.includes('--write')) {
  writeFileSync(path, withTables(readFileSync(path, 'utf8'), made));
  process.stdout.write(`wrote ${path}\n`);
} else {
  process.stdout.write(
    `${Object.values(made)
      .map((lines) => lines.join('\n'))
      .join('\n\n')}\n`,
  );
}
