// Makes HTML of a document: headings get the fragments that GitHub gives them, links lead to pages of the site.
import { posix } from 'node:path';
import GithubSlugger from 'github-slugger';
import { Marked } from 'marked';
import { pagePath } from './pages.js';

/**
 * Renders a document. Returns its HTML, its title, its sections for the search, and the files of the checkout that it
 * links to and that are not documents.
 */
export function renderDocument({ path, text }, { isDocument, isFolder, titleOf }) {
  const slugger = new GithubSlugger();
  const sections = [{ title: '', id: '', text: '' }];
  const files = new Set();
  let title = '';
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth, raw }) {
        const inner = this.parser.parseInline(tokens);
        const words = plainText(inner);
        // GitHub takes the text as it is written, with its marks left out.
        const id = slugger.slug(
          raw.replace(/^#+\s*|\s*#*\s*$/g, '').replace(/`|\]\([^)]*\)|\[/g, ''),
        );
        if (title === '') title = words;
        sections.push({ title: words, id, text: '' });
        return `<h${depth} id="${id}">${inner} <a class="anchor" href="#${id}" aria-label="#">#</a></h${depth}>\n`;
      },
      link({ href, tokens }) {
        const target = targetOf(href, path, { isDocument, isFolder }, files);
        const outside = /^[a-z]+:/.test(target) ? ' rel="noreferrer"' : '';
        const words = this.parser.parseInline(tokens);
        // The name of a file means nothing here.
        const named = /^[\w./-]+\.md$/.test(words) ? titleOf(pathOf(href, path)) : undefined;
        return `<a href="${escaped(target)}"${outside}>${named === undefined ? words : escaped(named)}</a>`;
      },
      table(token) {
        const cells = (row, tag) =>
          row
            .map(({ tokens }) => {
              const inner = this.parser.parseInline(tokens);
              // An empty cell is no heading of anything.
              const own = inner === '' ? 'td' : tag;
              return `<${own}>${inner}</${own}>`;
            })
            .join('');
        const rows = token.rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
        // Wide tables scroll by themselves, also with the keyboard.
        return `<div class="table" tabindex="0" role="group"><table><thead><tr>${cells(token.header, 'th')}</tr></thead><tbody>${rows}</tbody></table></div>\n`;
      },
      code({ text: code, lang }) {
        const language = lang ? ` class="language-${escaped(lang)}"` : '';
        return `<pre tabindex="0"><code${language}>${escaped(code)}</code></pre>\n`;
      },
      html({ text: raw }) {
        return /^\s*<!--/.test(raw) ? '' : raw;
      },
    },
  });
  const html = marked.parse(text);
  for (const part of html.split(/(?=<h[1-6] id=")/)) {
    const id = /^<h[1-6] id="([^"]*)"/.exec(part)?.[1] ?? '';
    const section = sections.find((one) => one.id === id);
    if (section !== undefined) section.text = plainText(part.replace(/^<h[1-6].*<\/h[1-6]>\n/, ''));
  }
  return {
    html,
    title,
    sections: sections.filter((one) => one.title !== '' || one.text !== ''),
    files,
  };
}

function targetOf(href, from, { isDocument, isFolder }, files) {
  if (/^[a-z]+:/.test(href) || href.startsWith('#')) return href;
  const [, fragment] = href.split('#');
  const path = pathOf(href, from);
  const file = path.replace(/\/$/, '');
  const to = isDocument(path) ? pagePath(path) : isFolder(file) ? `${file}/index.html` : file;
  if (!isDocument(path)) files.add(file);
  const relative = posix.relative(posix.dirname(pagePath(from)), to) || posix.basename(to);
  return fragment === undefined ? relative : `${relative}#${fragment}`;
}

/** Returns the path of what a relative link leads to, from the top of the checkout. */
function pathOf(href, from) {
  return posix.normalize(posix.join(posix.dirname(from), href.split('#')[0] ?? ''));
}

/** Returns the words of HTML. */
export function plainText(html) {
  return html
    .replaceAll(/<a class="anchor".*?<\/a>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

export function escaped(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
