import {
  comparePaths,
  foldedPath,
  PathNames,
  pathProblem,
  portabilityProblem,
} from '../src/index.ts';

test.each([
  'a',
  '.env',
  'nginx/conf.d/default.conf',
  'a@b+c_d-e',
  '配置/应用 设置.conf',
  'Größe (neu), 100%.txt',
  'Ünïcode\u3000全角.html',
  'می\u200cخواهم.txt',
  '👩\u200d💻.md',
  '❤\ufe0f.md',
  '𠮷野家.json',
  "l'été & l'hiver.txt",
  'x'.repeat(255),
  `${`${'x'.repeat(204)}/`.repeat(4)}${'y'.repeat(204)}`,
])('the path %j may be in a bundle', (path) => {
  expect(pathProblem(path)).toBeUndefined();
});

test.each([
  ['', 'empty'],
  ['/a', 'absolute'],
  ['a//b', 'empty segment'],
  ['a/', 'empty segment'],
  ['../a', '".." segment'],
  ['a/./b', '"." segment'],
  ['C:/a', 'drive'],
  ['c:a', 'drive'],
  ['a.', 'dot or a space'],
  ['a /b', 'dot or a space'],
  ['a\\b', 'backslash'],
  ['a\nb', 'control character (U+000A)'],
  ['a\0', 'control character (U+0000)'],
  ['a\x7f', 'control character (U+007F)'],
  ['a\x85', 'control character (U+0085)'],
  ['a\u202etxt.exe', 'direction of text (U+202E)'],
  ['a\u200f', 'direction of text (U+200F)'],
  ['a\u2028b', 'line separator (U+2028)'],
  ['soft\u00adhyphen', 'does not show (U+00AD)'],
  ['\ufeffa', 'does not show (U+FEFF)'],
  ['a\u3164b', 'does not show (U+3164)'],
  ['a\u{e0041}b', 'does not show (U+E0041)'],
  ['a\u200cb', 'joins nothing (U+200C)'],
  ['\u200dא', 'joins nothing (U+200D)'],
  ['\ufe0fa', 'variants of nothing (U+FE0F)'],
  ['a\ufffd', 'not UTF-8 (U+FFFD)'],
  ['a\ud800', 'not UTF-8 (U+D800)'],
  ['a\u0378', 'none (U+0378)'],
  ['a\uffff', 'none (U+FFFF)'],
  ['e\u0301', 'composed form'],
  ['\uf900', 'composed form'],
  ['配'.repeat(86), '255 bytes'],
  [`${'x'.repeat(204)}/`.repeat(5), '1024 bytes'],
  [`${'d/'.repeat(32)}x`, '32 folders'],
])('the path %j may not: %s', (path, words) => {
  expect(pathProblem(path)).toContain(words);
});

test.each([
  ['a', 'A'],
  ['STRASSE', 'straße'],
  ['ΟΔΟΣ', 'οδος'],
  ['Å', 'A\u030a'],
  ['ﬁle', 'FILE'],
  ['𐐀', '𐐨'],
  ['Ꭰ', 'ꭰ'],
  ['❤\ufe0f', '❤'],
  ['می\u200cخواهم', 'میخواهم'],
  ['compoſe.yml', 'COMPOSE.YML'],
])('%j and %j are one name on some file system', (one, other) => {
  expect(foldedPath(one)).toBe(foldedPath(other));
  const names = new PathNames({ folded: true });
  expect([names.add(one), names.add(other)]).toEqual([undefined, expect.stringContaining(one)]);
});

test.each([
  ['sınıf', 'sinif'],
  ['а', 'a'],
  ['か', 'が'],
  ['１', '1'],
])('%j and %j are two', (one, other) => {
  expect(foldedPath(one)).not.toBe(foldedPath(other));
});

test('paths are ordered by the bytes of their UTF-8', () => {
  const paths = [
    'a',
    'a/b',
    'ab',
    'é',
    '\uffee',
    '𠮷',
    '配',
    '配/a',
    '𠮷a',
    'Z',
    '\ue000',
    '😀',
    '',
  ];
  const bytes = (path: string): Buffer => Buffer.from(path);
  const expected = paths.toSorted((a, b) => Buffer.compare(bytes(a), bytes(b)));
  expect(paths.toSorted(comparePaths)).toEqual(expected);
});

test.each([
  ['con', 'con is a device'],
  ['a/NUL.txt', 'NUL is a device'],
  ['com¹', 'com¹ is a device'],
  ['10:30.log', 'character :'],
  ['what?', 'character ?'],
])('some media refuse %j', (path, words) => {
  expect(portabilityProblem(path)).toContain(words);
});

test.each(['console', 'a/null', 'com10', '配置 (1).conf'])('all media take %j', (path) => {
  expect(portabilityProblem(path)).toBeUndefined();
});
