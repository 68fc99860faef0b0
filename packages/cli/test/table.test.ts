import { tableText } from '../src/shared/render/table.ts';

const head = ['IMAGE', 'SERVICES', 'SIZE'];
const rows = [
  ['registry.example/病房系统/后端服务:1.0.0', '后端', '112 MB'],
  ['nginx:1.27', 'web, proxy', '9 MB'],
];

/** Returns the terminal columns of a text; the wide characters of these tests take two. */
const widthOf = (text: string): number =>
  text.length + (text.match(/[\u2e80-\uffef]/g)?.length ?? 0);

test('columns stay aligned with double-width characters', () => {
  expect(tableText(head, rows, {}, [2])).toBe(
    [
      '  IMAGE                                     SERVICES      SIZE',
      '  registry.example/病房系统/后端服务:1.0.0  后端        112 MB',
      '  nginx:1.27                                web, proxy    9 MB',
    ].join('\n'),
  );
});

test.each([80, 60, 50, 40, 30])(
  'at %i columns no line is longer, and no text is lost',
  (columns) => {
    const text = tableText(head, rows, { columns }, [2]);
    for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    const shown = text.replace(/\s/g, '');
    for (const part of ['病房系统', 'nginx:1.27', '112MB']) {
      expect([...part].every((character) => shown.includes(character))).toBe(true);
    }
  },
);

test('at 20 columns each row becomes a group of lines', () => {
  expect(tableText(head, rows.slice(1), { columns: 20 }, [2])).toBe(
    '  IMAGE: nginx:1.27\n  SERVICES: web, proxy\n  SIZE: 9 MB',
  );
});

test('without a terminal, a long line stays one line', () => {
  const long = 'x'.repeat(500);
  expect(tableText(['A'], [[long]], {})).toBe(`  A\n  ${long}`);
});
