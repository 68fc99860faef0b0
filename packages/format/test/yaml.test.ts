import { parseYamlDocument, parseYamlDocuments } from '../src/yaml.ts';

const valueIn = (text: string) => parseYamlDocument(text, 'f').value;
const findingOf = (text: string) => parseYamlDocument(text, 'f').findings[0];

test.each([
  ['one', 'a: 1\n', { a: 1 }],
  ['one between marks', '---\na: 1\n---\n...\n', { a: 1 }],
  ['one with the line ends of Windows', 'a: 1\r\nb: |\r\n  c\r\n', { a: 1, b: 'c\n' }],
  ['one with a byte order mark', '\ufeffa: 1\n', { a: 1 }],
  ['none', '', null],
  ['none but comments', '# a\n---\n# b\n', null],
])('%s document', (_, text, value) => {
  expect(valueIn(text)).toEqual(value);
});

test.each([
  ['1234567890123456789', '1234567890123456789'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['18446744073709551615', '18446744073709551615'],
  ['0xFFFFFFFFFFFFFFFF', '18446744073709551615'],
  // More than 64 bits are a fraction for Go, too.
  ['100000000000000000000000', 1e23],
  ['9007199254740991', 9007199254740991],
  ['0123', 83],
  ['-0440', -288],
  ['089', 89],
  ['0o17', 15],
  ['0', 0],
  ['1.10', 1.1],
  ['"0123"', '0123'],
])('an integer has the value that Compose reads: %s', (written, value) => {
  expect(valueIn(`a: ${written}`)).toEqual({ a: value });
});

test('a second document is an error with its line, or one of several', () => {
  const text = 'a: 1\n---\nb: 2\n';
  expect(findingOf(text)).toMatchObject({ line: 3, message: 'a second document in the same file' });
  expect(valueIn(text)).toBeNull();
  const documents = parseYamlDocuments(text, 'f');
  expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { b: 2 }]);
  expect(documents[1]?.lineOf(['b'])).toBe(3);
});

test('aliases and merged keys have the values of their anchors', () => {
  const text = 'a: &a {x: 1}\nb: {<<: *a, y: 2}\nc: [*a, *a]\n';
  expect(valueIn(text)).toEqual({
    a: { x: 1 },
    b: { x: 1, y: 2 },
    c: [{ x: 1 }, { x: 1 }],
  });
});

test('many aliases of little are read, and few of much are refused at once', () => {
  const many = `a: &a {x: 1}\nb:\n${'  - *a\n'.repeat(5000)}`;
  expect(findingOf(many)).toBeUndefined();
  expect(findingOf(`a: &a 1\nb:\n${'  - *a\n'.repeat(10_001)}`)?.message).toBe(
    'more than 10000 aliases',
  );
  const levels = Array.from(
    { length: 40 },
    (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(2)}]\n`,
  );
  const started = performance.now();
  expect(findingOf(`a0: &a0 [x]\n${levels.join('')}`)).toMatchObject({
    line: expect.any(Number),
    message: 'the aliases stand for more than 200000 values',
  });
  expect(performance.now() - started).toBeLessThan(2000);
});

test.each([
  ['itself', 'a: &a [*a]\n'],
  ['what it is in', 'a: &a {b: {c: *a}}\n'],
  ['its own key', '&a {*a : 1}\n'],
])('an alias of %s is refused', (_, text) => {
  expect(findingOf(text)?.message).toContain('a part of what it stands for');
});

test.each([
  ['200,000 brackets', '['.repeat(200_000), 1, 'more than 100 levels'],
  ['brackets after a line', `a: 1\nb: ${'{a: '.repeat(101)}`, 2, 'more than 100 levels'],
  ['500,000 hyphens', '- '.repeat(500_000), 1, 'more than 100 levels'],
  ['250,000 documents', '---\n'.repeat(250_000), 200_001, 'more than 400000 words and signs'],
  ['900,000 commas', `[${','.repeat(900_000)}]`, 1, 'more than 400000 words and signs'],
])('%s are refused before they are parsed, with their line', (_, text, line, message) => {
  const started = process.cpuUsage();
  const { findings } = parseYamlDocument(text, 'a.yaml');
  const { user } = process.cpuUsage(started);
  expect(findings).toEqual([{ severity: 'error', file: 'a.yaml', line, message }]);
  expect(user / 1000).toBeLessThan(1000);
});

test('what a Compose file of a megabyte has is parsed, and brackets in texts are no levels', () => {
  const service = 'image: a:1\n    environment: {A: b}\n    ports: ["80:80"]\n';
  const services = Array.from({ length: 10_000 }, (_, index) => `  s${index}:\n    ${service}`);
  const text = `services:\n${services.join('')}x: "${'['.repeat(200)}"\n# ${'['.repeat(200)}\n`;
  expect(text.length).toBeGreaterThan(650_000);
  expect(parseYamlDocument(text, 'a.yaml').findings).toEqual([]);
});
