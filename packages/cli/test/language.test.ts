import { chooseLanguage } from '../src/shared/text/language.ts';
import { bundle } from './run-bundle.ts';

const languageOf = (env: Readonly<Record<string, string>>, ...argv: string[]) =>
  chooseLanguage(argv, env).language;

test.each([
  ['a locale of China', { LANG: 'zh_CN.UTF-8' }],
  ['one of Singapore', { LANG: 'zh_SG.utf8' }],
  ['one that names the script', { LANG: 'zh-Hans-CN' }],
  ['one without an encoding', { LANG: 'zh_CN' }],
  ['LC_ALL before LANG', { LC_ALL: 'zh_CN.UTF-8', LANG: 'en_US.UTF-8' }],
  ['LC_MESSAGES before LANG', { LC_MESSAGES: 'zh_CN.UTF-8', LANG: 'de_DE.UTF-8' }],
  ['an empty LC_ALL, which does not count', { LC_ALL: '', LANG: 'zh_CN.UTF-8' }],
  ['BUNDLE_LANG before the locale', { BUNDLE_LANG: 'zh', LC_ALL: 'en_US.UTF-8' }],
  ['BUNDLE_LANG as people write locales', { BUNDLE_LANG: 'zh_CN.UTF-8' }],
  ['BUNDLE_LANG on the console of Linux', { BUNDLE_LANG: 'zh', TERM: 'linux' }],
])('Chinese is spoken for %s', (_case, env) => {
  expect(languageOf(env, 'status')).toBe('zh');
});

test.each([
  ['no locale', {}],
  ['the locale C', { LC_ALL: 'C.UTF-8', LANG: 'zh_CN.UTF-8' }],
  ['traditional characters', { LANG: 'zh_TW.UTF-8' }],
  ['traditional characters by script', { LANG: 'zh-Hant-TW' }],
  ['an encoding that the command does not write', { LANG: 'zh_CN.GB18030' }],
  ['the console of Linux, which has no Chinese characters', { LANG: 'zh_CN.UTF-8', TERM: 'linux' }],
  ['BUNDLE_LANG=en', { BUNDLE_LANG: 'en', LANG: 'zh_CN.UTF-8' }],
])('English is spoken for %s', (_case, env) => {
  expect(languageOf(env, 'status')).toBe('en');
});

test.each([
  [['--lang', 'zh', 'import', 'x'], 'zh', ['import', 'x']],
  [['import', 'x', '--lang=zh_TW'], 'zh', ['import', 'x']],
  [['import', '--lang', 'en', 'x'], 'en', ['import', 'x']],
  [['logs', '--', '--lang', 'zh'], 'en', ['logs', '--', '--lang', 'zh']],
])('%j asks for %s and leaves the rest', (argv, language, rest) => {
  expect(chooseLanguage(argv, { BUNDLE_LANG: '' })).toEqual({ argv: rest, language });
});

test.each([
  [['status', '--lang', 'klingon'], {}, 'klingon'],
  [['status', '--lang'], {}, 'nothing'],
  [['status'], { BUNDLE_LANG: 'fr' }, 'fr'],
])('%j with %j is refused, and says which languages there are', async (argv, env, found) => {
  const { code, stderr } = await bundle(argv, { env });
  expect(code).toBe(2);
  expect(stderr).toMatch(new RegExp(`expected: en or zh\n +found: +${found}`));
});
