import { parts } from '../../src/shared/text/zh/chinese.ts';
import { others } from '../../src/shared/text/zh/others.ts';
import { markedTexts, textsOfPackage } from './find-texts.ts';
import { notTexts } from './not-texts.ts';

// What an operator can meet: the packages behind import, up, deploy, status, rollback, rebuild, preflight and verify, and
// behind push, serve and adopt.
const packages = [
  'adopt',
  'compose',
  'depot',
  'distribution',
  'engine',
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
  'store',
  'trust',
  'verify',
];

const keys = new Set(parts.flatMap((part) => Object.keys(part)));
const all = [
  ...(await markedTexts()),
  ...(await textsOfPackage('cli')),
  ...(await Promise.all(packages.map((name) => textsOfPackage(name)))).flat(),
];
/** The help is tested as it is shown. */
const help = /(definition|-options)\.ts$|shared\/(options|text)\/|cli\/src\/(command|program)\.ts$/;
/** The pages of the manual are in English. */
const reference = /cli\/src\/(published|environment|man\/\w+)\.ts$/;
/** Documents for programs. */
const documents = /cli\/src\/commands\/validate\/reports\//;
/** Scripts of build steps. */
const scripts = /depot\/src\/(step|npm)-scripts?\.ts$/;
/** Advice of the export, whose own texts are in English. */
const advice = /depot\/src\/ecosystems\.ts$/;
const skipped = [help, reference, documents, scripts, advice];
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

test('translations use the punctuation of Chinese', () => {
  const values = parts.flatMap((part) => Object.values(part));
  // As it is typed.
  const texts = values.map((text) => text.replaceAll('文件:名称', ''));
  const wrong = texts.filter((text) =>
    /\p{Script=Han} ?[,;?!]|\p{Script=Han}[.:](?!\/)/u.test(text),
  );
  expect(wrong).toEqual([]);
});
