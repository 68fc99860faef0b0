import { spawnSync } from 'node:child_process';
import { errorMeanings } from '@bundle/format';
import { manPages } from '../src/man/pages.ts';
import { escaped, paragraphs } from '../src/man/roff.ts';
import { commandNames } from '../src/program.ts';

const pages = await manPages('2026-01-31');

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
  expect(escaped('中 –')).toBe('\\[u4E2D] \\[u2013]');
  expect(paragraphs('See `.env` now')).toBe('See \\fB\\&.env\\fR now');
});

const linters = [
  ['mandoc', ['-T', 'lint', '-W', 'warning']],
  ['groff', ['-man', '-ww', '-z']],
] as const;

for (const [program, args] of linters) {
  const isThere = spawnSync(program, ['-h']).error === undefined;
  (isThere ? test : test.skip)(`${program} finds nothing wrong in any page`, () => {
    for (const [name, text] of pages) {
      const { stdout, stderr } = spawnSync(program, args, { input: text, encoding: 'utf8' });
      expect({ name, said: stdout + stderr }).toEqual({ name, said: '' });
    }
  });
}
