import { jsonText, visible, visibleLines } from '../src/shared/terminal/escape.ts';

test.each([
  ['terminal escapes', '\u001b[31mred', '\\u{1b}[31mred'],
  ['eight-bit escapes', '\u009b31m', '\\u{9b}31m'],
  ['line ends', 'a\r\nb', 'a\\u{d}\\u{a}b'],
  ['marks that turn the writing around', 'a\u202eb\u2066', 'a\\u{202e}b\\u{2066}'],
  ['characters without width', 'a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
  ['joiners that join nothing', 'a\u200db\u200c', 'a\\u{200d}b\\u{200c}'],
  ['no joiners of scripts and emoji', 'می\u200cخواهم 👩\u200d💻', 'می\u200cخواهم 👩\u200d💻'],
  ['halves of characters', '\ud800', '\\u{d800}'],
  ['nothing of ordinary text', 'Grüße, 世界 🚢 – ok', 'Grüße, 世界 🚢 – ok'],
])('%s become visible', (_, text, expected) => {
  expect(visible(text)).toBe(expected);
});

test('lines after the first are indented, so that none can pass for the command’s own', () => {
  expect(visibleLines('one\nerror: two\u0007\n')).toBe('one\n  error: two\\u{7}');
});

test('JSON keeps its value and acts on no terminal', () => {
  const value = { name: 'a\u009b\u202e\u001b\u{e0041}\nb', list: [1] };
  const text = jsonText(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});
