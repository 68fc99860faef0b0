import { Translator } from '../../src/shared/text/translator.ts';

const translator = new Translator({
  'no such file': '没有该文件',
  'reading {0}': '读取 {0}',
  '{0} of {1}': '{1} 的 {0}',
  '{0} images': '{0} 个镜像',
  '{0} needed, {1}': '需要 {0}，{1}',
  'Remove {0}.': '请删除 {0}。',
  'Run it again.': '请重新执行。',
  'Rolling back to {0}': '正在回滚到 {0}',
  'starting {0}': '启动 {0}',
  'expected {0}, found {1}': '应为 {0}，实际为 {1}',
  '{0}: expected {1}, found {2}': '{0}：应为 {1}，实际为 {2}',
  '{0} changed': '{0} 有变化',
  '{0}, so line {1} has to run again': '{0}，因此第 {1} 行必须重新执行',
  'as at the export, in {0}{1}': '与导出时一致，位于 {0}{1}',
});

test.each([
  ['a text', 'no such file', '没有该文件'],
  ['a template', 'reading bundle.json', '读取 bundle.json'],
  ['places in another order', 'web of shop', 'shop 的 web'],
  ['a text in a place', 'reading no such file', '读取 没有该文件'],
  ['a template in a place', '3 images needed, none', '需要 3 个镜像，none'],
  [
    'the message of an error within another',
    'starting ward 2.0: expected 3 images, found no such file',
    '启动 ward 2.0：应为 3 个镜像，实际为 没有该文件',
  ],
  ['lines', 'no such file\n3 images', '没有该文件\n3 个镜像'],
  ['sentences', 'Remove a.env. Run it again.', '请删除 a.env。请重新执行。'],
  [
    'a list in a place',
    'a.txt changed, b.txt changed, so line 7 has to run again',
    'a.txt 有变化、b.txt 有变化，因此第 7 行必须重新执行',
  ],
  [
    'a place that is followed by another one',
    'as at the export, in /srv/shop',
    '与导出时一致，位于 /srv/shop',
  ],
  ['parts after a semicolon', 'no such file; 3 images', '没有该文件；3 个镜像'],
])('%s is translated', (_case, english, chinese) => {
  expect(translator.translate(english)).toBe(chinese);
});

test.each([
  ['an unknown text', 'nothing like it'],
  ['a sentence that only ends like a template', 'remove old releases and their images'],
  ['nothing', ''],
  ['what a user named with braces', '{0} {1}'],
  ['a value with $&', "$& $1 $' {1}"],
])('%s stays as it is', (_case, text) => {
  expect(translator.translate(text)).toBe(text);
});

test('a value is put in as it is, whatever it looks like', () => {
  expect(translator.translate('reading {1} $& {0}')).toBe('读取 {1} $& {0}');
});

test('a line of another program stays as it is, also where a short template fits', () => {
  expect(translator.translateLine('Rolling back to 1.0')).toBe('正在回滚到 1.0');
  expect(translator.translateLine('load 7 of 9')).toBeUndefined();
});

test('a long text of a hostile bundle takes no time', () => {
  const text = `${' of '.repeat(50_000)}.; `.repeat(4);
  const started = performance.now();
  translator.translate(text);
  translator.translate(`${'a changed, '.repeat(300)}so line 7 has to run again`);
  expect(performance.now() - started).toBeLessThan(5_000);
});
