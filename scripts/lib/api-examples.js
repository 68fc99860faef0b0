// Writes each example of docs/api.md into a file of its own: node api-examples.js FOLDER prints their paths.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Writes them in the order of the document; returns their paths. */
export function writeApiExamples(folder) {
  mkdirSync(folder, { recursive: true });
  const sections = readFileSync(join(root, 'docs/api.md'), 'utf8').split(/^## /m);
  return sections.flatMap((section) => {
    const [title = ''] = section.split('\n', 1);
    const code = [...section.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text]) => text);
    if (code.length === 0) return [];
    const path = join(folder, `${title.toLowerCase().replaceAll(' ', '-')}.ts`);
    writeFileSync(path, code.join('\n'));
    return [path];
  });
}

if (process.argv[1] === import.meta.filename) {
  for (const path of writeApiExamples(process.argv[2])) process.stdout.write(`${path}\n`);
}
