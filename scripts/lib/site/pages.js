// The documents of the site: where each is, its language, its place in the navigation.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Guides that exist in both languages, by their English and Chinese paths. */
const guides =
  'adopt ci export images import kubernetes operate push rebuild serve swarm trust update'.split(
    ' ',
  );
const sameNames =
  'cli comparison deployment exit-codes fleet migration-from-docker-save troubleshooting'.split(
    ' ',
  );
const counterparts = new Map([
  ['README.md', 'README.zh-CN.md'],
  ...sameNames.map((name) => [`docs/${name}.md`, `docs/zh/${name}.md`]),
  ...guides.map((name) => [`docs/guide-${name}.md`, `docs/zh/${name}.md`]),
]);

const groups = {
  en: [
    ['Start', /^README\.md$/],
    ['Guides', /^docs\/(guide-.*|deployment|troubleshooting|migration.*)\.md$/],
    ['Reference', /^docs\/(?!zh\/|adr\/)[^/]*\.md$/],
    ['Project', /^[A-Z]+\.md$/],
    ['Decisions', /^docs\/adr\/README\.md$/],
    ['', /./],
  ],
  zh: [
    ['开始', /^README\.zh-CN\.md$/],
    ['指南', /^docs\/zh\/(?!cli\.|comparison\.|exit-codes\.)/],
    ['参考', /^docs\/zh\//],
  ],
};

/** Lists the documents of a checkout, by path, with their texts. */
export function readDocuments(root) {
  const folders = ['.', 'docs', 'docs/adr', 'docs/zh', 'fixtures/corpus', 'fixtures/llm-chat'];
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .sort()
      .map((name) => {
        const path = folder === '.' ? name : `${folder}/${name}`;
        return { path, text: readFileSync(join(root, path), 'utf8'), language: languageOf(path) };
      }),
  );
}

function languageOf(path) {
  return path === 'README.zh-CN.md' || path.startsWith('docs/zh/') ? 'zh' : 'en';
}

/** Returns the path of a document's page; the README is the first one. */
export function pagePath(path) {
  return path === 'README.md' ? 'index.html' : path.replace(/\.md$/, '.html');
}

/** Returns the path of the same document in the other language, if there is one. */
export function counterpartOf(path) {
  for (const [english, chinese] of counterparts) {
    if (path === english) return chinese;
    if (path === chinese) return english;
  }
  return undefined;
}

/** Sorts the pages of a language into the groups of the navigation, each page into the first that fits. */
export function navigationOf(pages, language) {
  const left = new Set(pages.filter((page) => page.language === language));
  return groups[language].map(([title, pattern]) => {
    const own = [...left].filter(({ path }) => pattern.test(path));
    for (const page of own) left.delete(page);
    return { title, pages: title === '' ? [] : own };
  });
}
