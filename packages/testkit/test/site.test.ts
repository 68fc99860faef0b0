import { spawn } from 'node:child_process';
import { access, glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import vm from 'node:vm';
import { outputOf } from '../src/engines.ts';

const root = join(import.meta.dirname, '../../..');
let folder: string;
let site: string;
/** Pages by path, with their text. */
const pages = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'site-'));
  site = join(folder, 'site');
  const { code, stderr } = await outputOf(spawn(join(root, 'scripts/site'), ['-o', site]));
  if (code !== 0) throw new Error(stderr);
  for await (const path of glob('**/*.html', { cwd: site })) {
    pages.set(path, await readFile(join(site, path), 'utf8'));
  }
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

const attributes = (text: string, name: string): string[] =>
  [...text.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g'))].map((match) => match[1] ?? '');
const idsOf = (text: string): Set<string> => new Set(attributes(text, 'id'));

test('there is a page for every document, in both languages', () => {
  expect(pages.size).toBeGreaterThan(80);
  for (const path of ['index.html', 'README.zh-CN.html', 'docs/cli.html', 'docs/zh/import.html']) {
    expect(pages.has(path)).toBe(true);
  }
});

test('the references and the comparison lead from each language to the other', () => {
  for (const name of ['cli', 'comparison', 'exit-codes']) {
    expect(pages.get(`docs/${name}.html`)).toContain(`hreflang="zh" href="zh/${name}.html"`);
    expect(pages.get(`docs/zh/${name}.html`)).toContain(`hreflang="en" href="../${name}.html"`);
  }
});

test('every link leads to a file of the site, and every fragment to a place on its page', async () => {
  const dead: string[] = [];
  for (const [path, text] of pages) {
    for (const link of [...attributes(text, 'href'), ...attributes(text, 'src')]) {
      if (/^[a-z]+:/.test(link)) continue;
      const [target = '', fragment] = link.replaceAll('&amp;', '&').split('#');
      const to = target === '' ? path : relative(site, join(site, dirname(path), target));
      const isThere = await access(join(site, to)).then(
        () => true,
        () => false,
      );
      const ids = idsOf(pages.get(to) ?? '');
      if (!isThere || to.startsWith('..')) dead.push(`${path}: ${link}`);
      else if (fragment !== undefined && !ids.has(decodeURIComponent(fragment))) {
        dead.push(`${path}: ${link}`);
      }
    }
  }
  expect(dead).toEqual([]);
});

test('no page asks anybody outside for anything: links to elsewhere are only followed', async () => {
  const asks: string[] = [];
  for (const [path, text] of pages) {
    for (const [tag] of text.matchAll(
      /<(?!a\s)[a-z]+\s[^>]*(?:src|href|srcset|action)="[^"]*"[^>]*>/g,
    )) {
      if (/="(?:[a-z]+:)?\/\//.test(tag)) asks.push(`${path}: ${tag}`);
    }
  }
  expect(asks).toEqual([]);
  const style = await readFile(join(site, 'assets/site.css'), 'utf8');
  expect(style).not.toMatch(/url\(|@import/);
  const script = await readFile(join(site, 'assets/search.js'), 'utf8');
  expect(script).not.toMatch(/fetch|XMLHttpRequest|import\(|https?:/);
});

test('each page has a title of its own, a language, one heading at the top, and its ids once', () => {
  const titles = new Map<string, string>();
  for (const [path, text] of pages) {
    const title = /<title>(.+)<\/title>/.exec(text)?.[1] ?? '';
    expect({ path, title }).not.toEqual({ path, title: '' });
    expect({ path, as: titles.get(title) }).toEqual({ path, as: undefined });
    titles.set(title, path);
    expect(text).toMatch(/<html lang="(?:en|zh-Hans)">/);
    expect({ path, headings: text.match(/<h1[ >]/g)?.length }).toEqual({ path, headings: 1 });
    const ids = attributes(text, 'id');
    expect({ path, twice: ids.filter((id, at) => ids.indexOf(id) !== at) }).toEqual({
      ...{ path, twice: [] },
    });
  }
});

interface Found {
  readonly path: string;
  readonly language: string;
}

/** Runs the scripts of a page as a browser does, without a document. */
async function searching(): Promise<(query: string, language: string) => Found[]> {
  const context = vm.createContext({});
  for (const name of ['minisearch.js', 'search-data.js', 'search.js']) {
    vm.runInContext(await readFile(join(site, 'assets', name), 'utf8'), context);
  }
  return (query, language) => {
    const call = `JSON.stringify(searchSections(${JSON.stringify(query)}, '${language}'))`;
    return JSON.parse(vm.runInContext(call, context));
  };
}

test('the search finds sections in both languages, with typos and beginnings, and nothing for nonsense', async () => {
  const search = await searching();
  const first = (query: string, language = 'en') => search(query, language)[0];
  expect(first('disk full')?.path).toContain('troubleshooting.html');
  expect(search('bundle push', 'en').map(({ path }) => path)).toContainEqual(
    expect.stringContaining('cli.html#bundle-push'),
  );
  expect(first('kubernets')?.path).toMatch(/kubernetes/);
  expect(first('incremen')?.language).toBe('en');
  expect(first('磁盘', 'zh')?.path).toContain('docs/zh/');
  expect(first('回滚', 'zh')?.language).toBe('zh');
  expect(search('qqqqzzzz', 'en')).toEqual([]);
  expect(search('"<script>', 'en').length).toBeLessThan(13);
});

test('every section that the search leads to is there', async () => {
  const text = await readFile(join(site, 'assets/search-data.js'), 'utf8');
  const context = vm.createContext({});
  vm.runInContext(text, context);
  const paths: string[] = JSON.parse(
    vm.runInContext('JSON.stringify(searchData.map((one) => one.path))', context),
  );
  const lost = paths.filter((path) => {
    const [page = '', id] = path.split('#');
    return !pages.has(page) || (id !== undefined && !idsOf(pages.get(page) ?? '').has(id));
  });
  expect(lost).toEqual([]);
});

test('a folder that is there already is left alone', async () => {
  const { code, stderr } = await outputOf(spawn(join(root, 'scripts/site'), ['-o', site]));
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('exists') });
});
