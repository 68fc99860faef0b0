import { z } from 'zod';
import { jsonLineOf, limits, parseBounded, parseJson } from '../src/index.ts';

const parse = (text: string): unknown => parseJson(Buffer.from(text));

test.each([
  '{}',
  '[]',
  'null',
  '"a"',
  '-1.5e3',
  '{"a": {"b": [1, "}", "[", "\\"", "\\\\"]}, "c": {"a": 1}}',
  '{"a:b": ":", "a\\":b": 1, "": 2, "a\\\\": 3}',
  '[{"a": 1}, {"a": 2}]',
  '{"constructor": 1, "toString": 2, "\\u00e4": "ä"}',
])('%s is read as by any JSON reader', (text) => {
  expect(parse(text)).toEqual(JSON.parse(text));
});

test.each<[string, string, RegExp, number]>([
  ['a key twice', '{\n"a": 1,\n"b": 2,\n"a": 3}', /the key "a" twice/, 4],
  ['a key twice, once as an escape', '{"a": 1,\n"\\u0061": 2}', /the key "a" twice/, 2],
  ['a key twice deep inside', '[1, {"a": [{"b": 1,\n"b": 2}]}]', /the key "b" twice/, 2],
  ['a key twice around an object', '{"a": {"c": 1},\n"a": 2}', /the key "a" twice/, 2],
  ['the key __proto__', '{\n"__proto__": {}}', /__proto__/, 2],
  ['the key __proto__ as an escape', '{"\\u005f_proto__": {}}', /__proto__/, 1],
  ['a byte order mark', '\ufeff{}', /byte order mark/, 1],
  ['nothing', '', /not JSON/, 1],
  ['a document that ends early', '{\n"a": [1,\n', /not JSON/, 3],
  ['an open string', '{"a": "b', /not JSON/, 1],
  ['a comment', '{} // x', /not JSON/, 1],
  ['two documents', '{}\n{}', /not JSON/, 2],
  ['deep nesting', '['.repeat(limits.maxJsonDepth + 1), /levels/, 1],
])('%s is refused with its line', (_, text, message, line) => {
  expect(() => parse(text)).toThrow(message);
  expect(() => parse(text)).toThrow(expect.objectContaining({ line }));
});

test('bytes that are not UTF-8 are refused', () => {
  expect(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('not UTF-8');
});

test.each<[string, () => string]>([
  ['8 million levels', () => '['.repeat(8e6)],
  ['5 million empty objects', () => `[${'{},'.repeat(5e6)}{}]`],
  ['a million keys', () => `{${Array.from({ length: 1e6 }, (_, i) => `"${i}":0`).join(',')}}`],
  ['a string of 16 million escapes', () => `"${'\\'.repeat(16e6)}`],
  ['8 million quotation marks', () => '"'.repeat(8e6)],
])('%s are refused within seconds', (_, make) => {
  const bytes = Buffer.from(make());
  const start = performance.now();
  expect(() => parseJson(bytes)).toThrow();
  expect(performance.now() - start).toBeLessThan(5000);
});

test('a place in a text has the line of its key or element, or of its nearest parent', () => {
  const text = `{
 "a": 1,
 "b": [
  [1],
  {"a": {
   "c": 5}},
  "x,y", "z",
  7
 ],
 "c": {}
}`;
  const lines: [PropertyKey[], number][] = [
    [[], 1],
    [['a'], 2],
    [['a', 'c'], 2],
    [['b'], 3],
    [['b', 0], 4],
    [['b', 0, 0], 4],
    [['b', 1], 5],
    [['b', 1, 'a'], 5],
    [['b', 1, 'a', 'c'], 6],
    [['b', 2], 7],
    [['b', 3], 7],
    [['b', 4], 8],
    [['b', 5], 3],
    [['c'], 10],
    [['c', 'a'], 10],
    [['d'], 1],
  ];
  expect(lines.map(([path]) => [path, jsonLineOf(text, path)])).toEqual(lines);
});

test('violations of a schema are found one by one, up to a limit', () => {
  const schema = z.object({
    name: z.string(),
    note: z.string().optional(),
    list: z.array(z.object({ size: z.number(), names: z.array(z.string()) })).min(1),
  });
  const good = { size: 1, names: [] };
  const valid = { name: 'a', list: [good] };
  expect(parseBounded(schema, valid)).toEqual({ data: valid });
  const found = (value: unknown): PropertyKey[][] | undefined =>
    parseBounded(schema, value).issues?.map(({ path }) => path);
  expect(found({ note: 1, list: [good, { size: '', names: ['', 1] }] })).toEqual([
    ['name'],
    ['note'],
    ['list', 1, 'size'],
    ['list', 1, 'names', 1],
  ]);
  expect(found({ name: 'a', list: [] })).toEqual([['list']]);
  expect(found([])).toEqual([[]]);
  for (const length of [100, 200_000]) {
    const many = parseBounded(schema, { list: Array.from({ length }, () => ({})) });
    expect(many).toMatchObject({ areMore: true });
    expect(many.issues).toHaveLength(20);
  }
  const long = { name: 'a', list: Array.from({ length: 2_000 }, () => good) };
  expect(parseBounded(schema, long)).toEqual({ data: long });
});
