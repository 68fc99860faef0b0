// Builds the site: one page for each document, the files that they link to, and the search.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pageOf } from './layout.js';
import { escaped, renderDocument } from './markdown.js';
import { pagePath, readDocuments } from './pages.js';

const root = resolve(import.meta.dirname, '../../..');
const output = resolve(process.argv[2] ?? '');
if (process.argv[2] === undefined || existsSync(output)) {
  process.stderr.write(`error: ${output} exists already\n`);
  process.exit(1);
}

const isFolder = (path) => statSync(join(root, path)).isDirectory();
const documents = readDocuments(root);
const paths = new Set(documents.map(({ path }) => path));
const titles = new Map(
  documents.map(({ path, text }) => [path, /^# (.*)$/m.exec(text)?.[1]?.replaceAll('`', '')]),
);
const context = {
  isDocument: (path) => paths.has(path),
  isFolder,
  titleOf: (path) => titles.get(path),
};
const pages = documents.map((document) => ({
  ...document,
  ...renderDocument(document, context),
}));

// A half-built site would lack pages that others link to.
const partial = `${output}.partial`;
rmSync(partial, { recursive: true, force: true });
const write = (path, text) => {
  mkdirSync(dirname(join(partial, path)), { recursive: true });
  writeFileSync(join(partial, path), text);
};
for (const page of pages) write(pagePath(page.path), pageOf(page, pages));
for (const file of new Set(pages.flatMap(({ files }) => [...files]))) {
  cpSync(join(root, file), join(partial, file), { recursive: true });
  if (isFolder(file)) write(`${file}/index.html`, folderPage(file));
}
const sections = pages.flatMap(({ path, title, language, sections: own }) =>
  own.map((section) => ({
    page: title,
    title: section.title || title,
    path: `${pagePath(path)}${section.id === '' ? '' : `#${section.id}`}`,
    language,
    text: section.text,
  })),
);
write('assets/search-data.js', `globalThis.searchData = ${JSON.stringify(sections)};\n`);
const assets = {
  'search.js': join(import.meta.dirname, 'search.js'),
  'site.css': join(import.meta.dirname, 'site.css'),
  'minisearch.js': join(root, 'node_modules/minisearch/dist/umd/index.js'),
};
for (const [name, file] of Object.entries(assets)) write(`assets/${name}`, readFileSync(file));
renameSync(partial, output);
process.stdout.write(`wrote ${pages.length} pages to ${output}\n`);

/** Returns a page that lists the files of a folder: no server does it on a disk. */
function folderPage(folder) {
  const names = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, folder).length + 1))
    .sort();
  const items = names.map((name) => `<li><a href="${escaped(name)}">${escaped(name)}</a></li>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(folder)}</title>
<link rel="icon" href="data:,">
<h1>${escaped(folder)}</h1>
<ul>
${items.join('\n')}
</ul>
</html>
`;
}
