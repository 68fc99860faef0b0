import { spawnSync } from 'node:child_process';
import { errorMeanings } from '@bundle/format';
import stringWidth from 'fast-string-width';
import { manPages } from '../src/man/pages.ts';
import { escaped, paragraphs } from '../src/man/roff.ts';
import { commandNames } from '../src/program.ts';

const pages = await manPages('2026-01-31');
const chinese = await manPages('2026-01-31', 'zh');

test('every command has a page with its options, examples and exit codes', () => {
  const words = ['help', 'version', 'ls'];
  const names = commandNames.filter((name) => !words.includes(name));
  expect([...pages.keys()].sort()).toEqual(
    ['bundle.1', ...names.map((name) => `bundle-${name}.1`)].sort(),
  );
  const page = pages.get('bundle-import.1') ?? '';
  for (const text of ['\\-\\-allow\\-older', 'import shop.tar', errorMeanings['no-space']])
    expect(page).toContain(text);
});

test('text cannot act as a request or an escape of roff', () => {
  expect(escaped('.so /etc/passwd')).toBe('\\&.so /etc/passwd');
  expect(escaped('a\n.br')).toBe('a\n\\&.br');
  expect(escaped('C:\\new')).toBe('C:\\enew');
  expect(escaped('中 –')).toBe('中 \\[u2013]');
  expect(paragraphs('See `.env` now')).toBe('See \\fB\\&.env\\fR now');
});

test('the Chinese pages say all that the English ones say, in Chinese', () => {
  expect([...chinese.keys()]).toEqual([...pages.keys()]);
  /** Three words in a row are a sentence that nobody translated. */
  const english = /(?<![-\w/.])[a-z]{2,} [a-z]{2,} [a-z]{2,}/;
  const left = [...chinese].flatMap(([name, text]) => {
    // Usages and command lines are the same in every language.
    const prose = text.replace(/^\.EX\n.*$/gm, '').replace(/\\fB.*?\\fR/g, '');
    return prose.split('\n').flatMap((line) => (english.test(line) ? [`${name}: ${line}`] : []));
  });
  expect(left).toEqual([]);
  expect(chinese.get('bundle-verify.1')).toMatch(
    /^\.SH 名称\nbundle\\-verify \\- \p{Script=Han}+/mu,
  );
  for (const [name, text] of pages) {
    const count = (page: string) => page.match(/^\.(SH|TP|EX)/gm)?.length;
    expect([name, count(chinese.get(name) ?? '')]).toEqual([name, count(text)]);
  }
});

test('a Chinese line can be broken between characters, but not before a comma or after a bracket', () => {
  expect(escaped('打包（镜像），再导入')).toBe('打\\:包\\:（镜\\:像），\\:再\\:导\\:入');
  expect(escaped('用 bundle 导入')).toBe('用 bundle 导\\:入');
});

const isThere = (program: string): boolean => spawnSync(program, ['-h']).error === undefined;

const linters = [
  ['mandoc', ['-T', 'lint', '-W', 'warning']],
  ['groff', ['-K', 'utf8', '-T', 'utf8', '-man', '-ww', '-z']],
] as const;

for (const [program, args] of linters) {
  (isThere(program) ? test : test.skip)(`${program} finds nothing wrong in any page`, () => {
    for (const [name, text] of [...pages, ...chinese]) {
      const { stdout, stderr } = spawnSync(program, args, { input: text, encoding: 'utf8' });
      expect({ name, said: stdout + stderr }).toEqual({ name, said: '' });
    }
  });
}

(isThere('groff') ? test : test.skip)(
  'no line of a Chinese page is wider than the terminal',
  () => {
    const args = ['-K', 'utf8', '-T', 'utf8', '-man', '-rLL=78n', '-P-bu'];
    for (const [name, input] of chinese) {
      const { stdout } = spawnSync('groff', args, { input, encoding: 'utf8' });
      const lines = stdout.split('\n');
      // Command lines stay whole.
      const wide = lines.filter((line) => /\p{Script=Han}/u.test(line) && stringWidth(line) > 80);
      expect([name, wide]).toEqual([name, []]);
    }
  },
);
