// Writes the pages of the manual into a folder; see scripts/man.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manPages } from '../../packages/cli/dist/index.js';

const [folder] = process.argv.slice(2);
const { SOURCE_DATE_EPOCH: epoch } = process.env;
const date = epoch ? new Date(epoch * 1000) : new Date();
for (const [language, place] of [
  ['en', 'man1'],
  ['zh', 'zh_CN/man1'],
]) {
  const pages = await manPages(date.toISOString().slice(0, 10), language);
  mkdirSync(join(folder, place), { recursive: true });
  for (const [name, text] of pages) writeFileSync(join(folder, place, name), text);
}
