import { access, glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const maxColumns = 120;
const skipped = new Set(['node_modules', 'dist', 'coverage', '.git', '.cache']);

const documents: string[] = [];
const isSkipped = (path: string): boolean => path.split('/').some((name) => skipped.has(name));
for await (const file of glob('**/*.md', { cwd: root, exclude: isSkipped })) documents.push(file);

/** Returns the lines of a document outside its code blocks, with their numbers. */
function proseOf(text: string): { number: number; line: string }[] {
  let isCode = false;
  return text.split('\n').flatMap((line, index) => {
    const isFence = /^\s*```/.test(line);
    if (isFence) isCode = !isCode;
    return isCode || isFence ? [] : [{ number: index + 1, line }];
  });
}

/** Returns the fragments of a document’s headings, as GitHub makes them. */
function fragmentsOf(text: string): Set<string> {
  const headings = proseOf(text).flatMap(({ line }) => /^#+ (.*)$/.exec(line)?.[1] ?? []);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Returns the targets of a document’s relative links. */
function linksOf(text: string): string[] {
  const prose = proseOf(text).map(({ line }) => line);
  const withoutCode = prose.join('\n').replace(/`[^`]*`/g, '');
  const targets = [...withoutCode.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

async function leadsNowhere(from: string, link: string): Promise<boolean> {
  const [path = '', fragment] = link.split('#');
  const target = path === '' ? join(root, from) : join(root, dirname(from), path);
  try {
    await access(target);
  } catch {
    return true;
  }
  return fragment !== undefined && !fragmentsOf(await readFile(target, 'utf8')).has(fragment);
}

test('there are documents', () => {
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/bundle-format.md']));
});

describe.each(documents)('%s', (file) => {
  test('has no overlong lines of prose', async () => {
    const prose = proseOf(await readFile(join(root, file), 'utf8'));
    const long = prose.filter(({ line }) => !/^\s*\|/.test(line) && [...line].length > maxColumns);
    expect(long.map(({ number, line }) => `${number}: ${line}`)).toEqual([]);
  });

  test('has no broken relative links', async () => {
    const links = linksOf(await readFile(join(root, file), 'utf8'));
    const missing = [];
    for (const link of links) if (await leadsNowhere(file, link)) missing.push(link);
    expect(missing).toEqual([]);
  });
});

test('the sections of the format are numbered consecutively', async () => {
  const text = await readFile(join(root, 'docs/bundle-format.md'), 'utf8');
  const headings = proseOf(text).filter(({ line }) => /^##/.test(line));
  let chapter = 0;
  let section = 0;
  const expected = headings.map(({ line }) => {
    if (line.startsWith('### ')) return `### ${chapter}.${++section} `;
    section = 0;
    return `## ${++chapter}. `;
  });
  expect(headings.map(({ line }) => line.slice(0, line.indexOf(' ', 4) + 1))).toEqual(expected);
});

test('the list of decisions names every decision', async () => {
  const text = await readFile(join(root, 'docs/adr/README.md'), 'utf8');
  const decisions = documents.filter((file) => /^docs\/adr\/\d/.test(file));
  const names = decisions.map((file) => file.slice('docs/adr/'.length));
  expect(
    linksOf(text)
      .filter((link) => /^\d/.test(link))
      .sort(),
  ).toEqual(names.sort());
});
