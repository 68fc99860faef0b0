import { parse } from 'yaml';
import { dataKey, dnsLabel, uniqueLabels, workloadName } from '../src/names.ts';
import { byteQuantity, cpuQuantity, durationSeconds, sizeBytes } from '../src/quantities.ts';
import { expandedText, secretMark } from '../src/secret-text.ts';
import { yamlText } from '../src/yaml-text.ts';

/** Expands as Kubernetes does (third_party/forked/golang/expansion): `$(NAME)`, and `$$` for `$`. */
function expand(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (match, name?: string) =>
    name === undefined ? '$' : (values[name] ?? match),
  );
}

test('whatever a text holds, Kubernetes makes the same of it', () => {
  const parts = ['$', '$$', '(', 'A', ')', ' ', '{', '$(A)', secretMark('S')];
  for (let seed = 0; seed < 20_000; seed++) {
    let text = '';
    for (let rest = seed; rest > 0; rest = Math.floor(rest / parts.length)) {
      text += parts[rest % parts.length];
    }
    const expected = text.replaceAll(secretMark('S'), 'secret');
    const written = expandedText(text, () => 'S');
    expect({ text, found: expand(written, { A: 'wrong', S: 'secret' }) }).toEqual({
      text,
      found: expected,
    });
  }
});

test.each([
  ['web', 'web'],
  ['My_Web.1', 'my-web-1'],
  ['1st', 'x-1st'],
  ['--', 'x-'],
  ['数据库', 'x-'],
])('%j is the DNS label %j', (text, label) => {
  expect(dnsLabel(text)).toMatch(new RegExp(`^${label}`));
  expect(dnsLabel(text)).toMatch(/^[a-z][a-z0-9-]*[a-z0-9]$/);
});

test('long names keep apart, and leave room for what Kubernetes adds', () => {
  const [one, other] = [`${'a'.repeat(80)}1`, `${'a'.repeat(80)}2`];
  expect(dnsLabel(one)).toHaveLength(63);
  expect(dnsLabel(one)).not.toBe(dnsLabel(other));
  expect(workloadName(one)).toHaveLength(52);
  expect([...uniqueLabels(['a_b', 'a-b', 'a.b']).values()].length).toBe(3);
  expect(uniqueLabels(['a_b', 'a-b']).get('a-b')).toBe('a-b');
  expect(uniqueLabels(['a_b', 'a.b'])).toEqual(uniqueLabels(['a.b', 'a_b'].reverse()));
});

test.each(['default.conf', 'a/b', 'ü', '..', '.env', 'x'.repeat(300)])(
  '%j becomes a key that a ConfigMap takes',
  (text) => {
    expect(dataKey(text)).toMatch(/^(?!\.\.)[-._A-Za-z0-9]{1,253}$/);
    expect(dataKey(text)).not.toBe('.');
  },
);

test('amounts of Compose in the words of Kubernetes', () => {
  expect([sizeBytes('512m'), sizeBytes('1.5GB'), sizeBytes('10'), sizeBytes('x')]).toEqual([
    ...[536_870_912, 1_610_612_736, 10, undefined],
  ]);
  expect([byteQuantity(536_870_912), byteQuantity(1_610_612_736), byteQuantity(10)]).toEqual([
    ...['512Mi', '1536Mi', '10'],
  ]);
  expect([cpuQuantity(0.5), cpuQuantity(2), cpuQuantity(0.0001)]).toEqual(['500m', '2', '1m']);
  expect([durationSeconds('1m30s'), durationSeconds('500ms'), durationSeconds('1h')]).toEqual([
    ...[90, 0.5, 3600],
  ]);
  expect([durationSeconds('soon'), durationSeconds('')]).toEqual([undefined, undefined]);
});

test('texts that a parser could take for something else stay texts in every version of YAML', () => {
  const words = ['yes', 'NO', 'on', '~', 'null', '1', '0x1f', '0o17', '017', '1:30', '1e3', '.5'];
  const odd = ['', ' a', 'a ', 'a: b', '#x', '- a', '{', '*a', '!a', '2026-01-01', '=', '<<', '\t'];
  const lines = [
    'a\nb',
    'a\n',
    '\na',
    ' a\nb',
    'a \nb',
    'a\r\nb',
    'a\n\n',
    '\u0085a\nb',
    '\ufeffa\n',
  ];
  const values = [...words, ...odd, ...lines, 'ü\n😀', '\u2028\n'];
  const object = { list: values, ...Object.fromEntries(values.map((value) => [value, value])) };
  for (const version of ['1.1', '1.2'] as const) {
    expect(parse(yamlText(object), { version })).toEqual(object);
  }
});

test('characters that kubectl takes for line breaks, or refuses, are escaped', () => {
  const breaks = ['\u0085', '\u2028', '\u2029', '\ufeff', '\u007f', '\u009f', '\uffff'];
  const values = breaks.flatMap((one) => [`a${one}b`, `a\nb${one}c\n`, one, `\\${one}`]);
  const object = { list: values, ...Object.fromEntries(values.map((value) => [value, value])) };
  const text = yamlText(object);
  expect(breaks.filter((one) => text.includes(one))).toEqual([]);
  for (const version of ['1.1', '1.2'] as const) expect(parse(text, { version })).toEqual(object);
});
