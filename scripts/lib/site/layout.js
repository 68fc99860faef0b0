// The frame around a document: navigation, search, and the other language.
import { posix } from 'node:path';
import { escaped } from './markdown.js';
import { counterpartOf, navigationOf, pagePath } from './pages.js';

const words = {
  en: {
    skip: 'To the text',
    menu: 'All pages',
    search: 'Search',
    placeholder: 'Search (press /)',
    other: '中文',
    none: 'Nothing found.',
    home: 'offline-bundle',
    title: 'offline-bundle',
  },
  zh: {
    skip: '跳到正文',
    menu: '所有页面',
    search: '搜索',
    placeholder: '搜索（按 /）',
    other: 'English',
    none: '没有结果。',
    home: 'offline-bundle',
    title: 'offline-bundle 中文文档',
  },
};

/** Returns the whole page of a document. */
export function pageOf(page, pages) {
  const { path, language, title, html } = page;
  const own = pagePath(path);
  const to = (target) => posix.relative(posix.dirname(own), target) || posix.basename(target);
  const text = words[language];
  const other = language === 'en' ? 'zh' : 'en';
  const start = other === 'en' ? 'README.md' : 'README.zh-CN.md';
  const translation = pagePath(counterpartOf(path) ?? start);
  const isFirst = own === 'index.html' || path === 'README.zh-CN.md';
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-Hans' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(isFirst ? text.title : `${title} – ${text.home}`)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${to('assets/site.css')}">
<script defer src="${to('assets/minisearch.js')}"></script>
<script defer src="${to('assets/search-data.js')}"></script>
<script defer src="${to('assets/search.js')}"></script>
</head>
<body data-root="${to('index.html').replace(/index\.html$/, '')}" data-none="${text.none}">
<a class="skip" href="#text">${text.skip}</a>
<header>
<a class="home" href="${to(language === 'zh' ? 'README.zh-CN.html' : 'index.html')}">${text.home}</a>
<form role="search" autocomplete="off">
<input type="search" id="search" placeholder="${text.placeholder}" aria-label="${text.search}" role="combobox" aria-expanded="false" aria-controls="results" aria-autocomplete="list">
<div id="results" role="listbox" aria-label="${text.search}" hidden></div>
</form>
<a class="language" lang="${other === 'zh' ? 'zh-Hans' : 'en'}" hreflang="${other}" href="${to(translation)}">${text.other}</a>
</header>
<div class="columns">
<details class="menu" open>
<summary>${text.menu}</summary>
<nav aria-label="${text.menu}">
${navigationText(pages, page, to)}
</nav>
</details>
<main id="text" tabindex="-1">
${html}</main>
</div>
</body>
</html>
`;
}

function navigationText(pages, current, to) {
  return navigationOf(pages, current.language)
    .filter(({ pages: own }) => own.length > 0)
    .map(({ title, pages: own }) => {
      const items = own.map(({ path, title: name }) => {
        const here = path === current.path ? ' aria-current="page"' : '';
        return `<li><a href="${to(pagePath(path))}"${here}>${escaped(name)}</a></li>`;
      });
      return `<p>${title}</p>\n<ul>\n${items.join('\n')}\n</ul>`;
    })
    .join('\n');
}
