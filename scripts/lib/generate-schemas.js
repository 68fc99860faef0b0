// Writes the files of packages/cli/src/published.ts that are out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { publishedFiles } from '../../packages/cli/dist/index.js';

const root = resolve(import.meta.dirname, '../..');

for (const [path, text] of await publishedFiles()) {
  if (read(join(root, path)) === text) continue;
  writeFileSync(join(root, path), text);
  process.stdout.write(`wrote ${path}\n`);
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
