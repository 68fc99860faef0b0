// Writes or, with --check, compares the files of packages/cli/src/published.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { publishedFiles } from '../../packages/cli/dist/index.js';

const root = resolve(import.meta.dirname, '../..');
const check = process.argv.includes('--check');

for (const [path, text] of await publishedFiles()) {
  if (read(join(root, path)) === text) continue;
  if (check) {
    process.stderr.write(`${path} is out of date: run scripts/generate-schemas\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(join(root, path), text);
    process.stdout.write(`wrote ${path}\n`);
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
