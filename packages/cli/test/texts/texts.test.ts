import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parts } from '../../src/shared/text/zh/chinese.ts';
import { others } from '../../src/shared/text/zh/others.ts';
import { markedTexts, textsOfPackage } from './find-texts.ts';
import { notTexts } from './not-texts.ts';

// The packages behind the commands. A depot makes scripts for build steps, and a report marks its texts.
const packages = [
  'adopt',
  'archive',
  'compose',
  'delta',
  'depot',
  'distribution',
  'engine',
  'export',
  'files',
  'fleet',
  'format',
  'host',
  'import',
  'kubernetes',
  'operate',
  'push',
  'rebuild',
  'recipe',
  'registry',
  'sbom',
  'sign',
  'store',
  'trust',
  'verify',
];

/** The scripts that a bundle carries. */
const scripts = join(import.meta.dirname, '../../../export/src/bundle/scripts');

const keys = new Set(parts.flatMap((part) => Object.keys(part)));
const all = [
  ...(await markedTexts()),
  ...(await textsOfPackage('cli')),
  ...(await Promise.all(packages.map((name) => textsOfPackage(name)))).flat(),
];
/** The help is tested as it is shown. */
const help = /(definition|-options)\.ts$|shared\/(options|text)\/|cli\/src\/(command|program)\.ts$/;
/** Schemas are in English. */
const schemas = /cli\/src\/published\.ts$/;
/** Documents for programs, and files of a bundle: papers have an implementation for each language. */
const documents =
  /cli\/src\/commands\/validate\/reports\/|sbom\/src\/documents\/|export\/src\/(papers\/|builds\/rebuild-script|bundle\/(install-script|texts)|application\/(env-example|offline-override|profile-lines|spec-text))/;
/** Scripts of build steps. */
const stepScripts = /depot\/src\/(step|npm)-scripts?\.ts$/;
const skipped = [help, schemas, documents, stepScripts];
const found = all.filter(({ file }) => !skipped.some((one) => one.test(file)));

test('every text is translated into Chinese, or listed as none', () => {
  const missing = found.filter(({ text }) => !keys.has(text) && !notTexts.has(text));
  // Ready to be put into packages/cli/src/shared/text/zh, or into not-texts.ts.
  const lines = missing.map(({ text, file }) => `  ${JSON.stringify(text)}: '', // ${file}`);
  expect(lines).toEqual([]);
});

test('no translation is left of a text that is gone', () => {
  const texts = new Set(all.map(({ text }) => text));
  const gone = [...keys].filter((key) => !texts.has(key) && !Object.hasOwn(others, key));
  expect(gone).toEqual([]);
  expect([...notTexts].filter((text) => !texts.has(text))).toEqual([]);
});

test('every translation has the places of its text, and no text has two translations', () => {
  const placesOf = (text: string): string[] => [...new Set(text.match(/\{\d+\}/g))].sort();
  const entries = parts.flatMap((part) => Object.entries(part));
  const wrong = entries.filter(
    ([english, chinese]) => `${placesOf(english)}` !== `${placesOf(chinese)}` || chinese === '',
  );
  expect(wrong).toEqual([]);
  const seen = new Set<string>();
  const twice = entries.filter(([english]) => seen.size === seen.add(english).size);
  expect(twice.map(([english]) => english)).toEqual([]);
});

const literal = String.raw`"(?:[^"\\]|\\.)*"|'[^']*'`;
const spoken = new RegExp(
  String.raw`^\W*.*?\b(?:say|tell|ask|note|fail \d+) (${literal})(?:[\s\\]+(${literal}))?`,
  'gm',
);

test.each(['install.sh', 'rebuild.sh'])(
  'each text of %s has its Chinese beside it',
  async (name) => {
    const script = await readFile(join(scripts, name), 'utf8');
    const said = [...script.matchAll(spoken)].map(([, english = '', chinese = '']) => ({
      english: english.replace(/\$(?:\w+|\{.*?\}|\([^)]*\))/g, ''),
      chinese,
    }));
    expect(said.length).toBeGreaterThan(20);
    const missing = said.filter(
      ({ english, chinese }) => /[a-z]{3}/.test(english) && !/\p{Script=Han}/u.test(chinese),
    );
    expect(missing).toEqual([]);
    const helpOf = (start: string): string => script.split(start)[1]?.split('\nTEXT\n')[0] ?? '';
    const options = (text: string): string[] => text.match(/^ {2}(?:-\w, )?--[\w-]+/gm) ?? [];
    const english = options(helpOf('\nusage() {'));
    expect(english.length).toBeGreaterThan(5);
    expect(options(helpOf('\nchinese_usage() {'))).toEqual(english);
  },
);

test('translations use the punctuation of Chinese', () => {
  const values = parts.flatMap((part) => Object.values(part));
  // As it is typed.
  const texts = values.map((text) => text.replaceAll('文件:名称', ''));
  const wrong = texts.filter((text) =>
    /\p{Script=Han} ?[,;?!]|\p{Script=Han}[.:](?!\/)/u.test(text),
  );
  expect(wrong).toEqual([]);
});
