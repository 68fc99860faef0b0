// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files

import { interpolate, parseTemplate } from '../src/template.ts';

const values: Readonly<Record<string, string>> = { SET: 'value', EMPTY: '' };
const lookup = (name: string): string | undefined => values[name];

describe('variables are filled in as by Compose', () => {
  it.each([
    ['plain', 'plain'],
    ['$SET and ${SET}', 'value and value'],
    ['$$SET', '$SET'],
    ['$${SET}', '${SET}'],
    ['a${UNSET}b', 'ab'],
    ['${UNSET:-d}', 'd'],
    ['${EMPTY:-d}', 'd'],
    ['${EMPTY-d}', ''],
    ['${UNSET-d}', 'd'],
    ['${SET:+other}', 'other'],
    ['${EMPTY:+other}', ''],
    ['${EMPTY+other}', 'other'],
    ['${UNSET:-${ALSO_UNSET:-deep}}', 'deep'],
    ['${UNSET:-http://x:${SET}/}', 'http://x:value/'],
    ['${SET:?must be there}', 'value'],
    ['${UNSET:-a:b}:/target', 'a:b:/target'],
    ['100$ $1 $', '100$ $1 $'],
    ['${UNSET:-{}}', '{}'],
    ['${UNSET:-{a}', '{a'],
    ['${UNSET:-{"a":{"b":1}}} x', '{"a":{"b":1}} x'],
    ['${UNSET:-a} {b}', 'a {b}'],
  ])('%s becomes %s', (text, expected) => {
    expect(interpolate(text, lookup)).toBe(expected);
  });

  it('reports a required variable with its message', () => {
    expect(() => interpolate('${UNSET:?set it in .env}', lookup)).toThrow(
      'required variable UNSET is missing a value: set it in .env',
    );
    expect(() => interpolate('${EMPTY:?}', lookup)).toThrow('required variable EMPTY');
  });

  it.each(['${', '${}', '${1}', '${SET!x}', '${SET', '${UNSET:-a\nb}', '${SET:-${}'])(
    'refuses %s',
    (text) => {
      expect(() => interpolate(text, lookup)).toThrow('invalid interpolation');
    },
  );

  it('refuses endlessly nested defaults', () => {
    expect(() => parseTemplate('${A:-'.repeat(5000))).toThrow('invalid interpolation');
  });
});
