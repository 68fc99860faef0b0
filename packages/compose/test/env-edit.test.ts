// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of env files

import { BundleError } from '@bundle/format';
import { type EditOptions, editEnvFile } from '../src/env-edit.ts';
import { envValues, validateEnvFile } from '../src/env-values.ts';
import { EnvGenerator } from './env-generator.ts';

const none = (): undefined => undefined;

function edit(text: string, changes: Record<string, string>, options?: EditOptions): string {
  return editEnvFile(text, new Map(Object.entries(changes)), options);
}

describe('quotes a value only if Compose needs it', () => {
  it.each([
    ['', 'A='],
    ['8080', 'A=8080'],
    ['dGVzdA==', 'A=dGVzdA=='],
    ['registry:5000/a/b:1.0', 'A=registry:5000/a/b:1.0'],
    ['a b', "A='a b'"],
    [' a ', "A=' a '"],
    ['s3cret#42', "A='s3cret#42'"],
    ['a$$b', "A='a$$b'"],
    ['${HOME}', "A='${HOME}'"],
    ['say "hi"', `A='say "hi"'`],
    ['C:\\new', "A='C:\\new'"],
    ['line\nline', "A='line\nline'"],
    ['ключ', "A='ключ'"],
    ["it's", `A="it's"`],
    ['it\'s "$5"', 'A="it\'s \\"$$5\\""'],
    ['ends with \\', 'A="ends with \\\\"'],
    ["\\'", `A="\\\\'"`],
    ["'\\n", `A="'\\\\n"`],
    ['\r', "A='\r'"],
  ])('%j is written as %j', (value, written) => {
    const text = edit('', { A: value });
    expect(text).toBe(`${written}\n`);
    expect(envValues(text, none).get('A')).toBe(value);
  });
});

describe('changes a value in place, and nothing else', () => {
  it.each([
    ['A=old\nB=2\n', 'A=new\nB=2\n'],
    ['A=old', 'A=new'],
    ['  export  A = old # note\n', '  export  A = new # note\n'],
    ['A: old\n', 'A: new\n'],
    ['A="old" # note\n', 'A=new # note\n'],
    ['A="old"# note\n', "A='new'# note\n"],
    ['A="old"B=2\n', "A='new'B=2\n"],
    ["A='first\nsecond' # note\nB=2\n", 'A=new # note\nB=2\n'],
    ['A=\nB=2\n', 'A=new\nB=2\n'],
    ['A= \r\nB=2\r\n', 'A=new \r\nB=2\r\n'],
    ['A=old\r\nB=2\r\n', 'A=new\r\nB=2\r\n'],
    ['A= # note\n', 'A= new\n'],
    ['A\nB=2\n', 'A=new\nB=2\n'],
    ['export A \r\n', 'export A=new \r\n'],
    ['\uFEFFA=old\n', '\uFEFFA=new\n'],
    ['A=1\nB=$A\nA=old\n', 'A=1\nB=$A\nA=new\n'],
    ['A=old\nA\n', 'A=old\nA=new\n'],
    ['# A=old\nB="\nA=1\n"\nA=old\n', '# A=old\nB="\nA=1\n"\nA=new\n'],
    ['AA=1\nA.A=1\nA=old\n', 'AA=1\nA.A=1\nA=new\n'],
    ['', 'A=new\n'],
    ['\uFEFF', '\uFEFFA=new\n'],
    ['B=2', 'B=2\nA=new\n'],
    ['B=2\r\n# end', 'B=2\r\n# end\r\nA=new\r\n'],
    ['B=\uFEFF', 'B=\uFEFF\nA=new\n'],
    ['#A=1\nB=2\n', '#A=1\nB=2\nA=new\n'],
    ['B=2\nA', 'B=2\nA=new\nA'],
    ['A=1\nB="x"export A', 'A=new\nB="x"export A'],
    ['B="x" A', 'B="x" \nA=new\nA'],
  ])('%j', (text, expected) => {
    expect(edit(text, { A: 'new' })).toBe(expected);
  });

  it('an empty value before a comment is quoted, because the comment would become the value', () => {
    expect(edit('A=old # note\n', { A: '' })).toBe("A='' # note\n");
  });

  it('a commented-out variable can be replaced', () => {
    const text = '# Port\r\n#A=80\r\n\r\nB="\r\n# A=1\r\n"\r\n';
    expect(edit(text, { A: '81', C: 'x' }, { replaceComments: true })).toBe(
      '# Port\r\nA=81\r\n\r\nB="\r\n# A=1\r\n"\r\nC=x\r\n',
    );
    expect(edit('#A=1\nA=2\n# A=3\n', { A: '4' }, { replaceComments: true })).toBe(
      '#A=1\nA=4\n# A=3\n',
    );
  });
});

describe('refuses values that no env file can hold', () => {
  it.each([
    ['A', 'a\0b'],
    ['A', '\uD800'],
    ['', 'x'],
    ['A B', 'x'],
    ['A=B', 'x'],
    ['A:', 'x'],
    ['A\nB', 'x'],
    ['#A', 'x'],
    ['export A', 'x'],
    ['"A"', 'x'],
    [' A', 'x'],
  ])('%j with %j', (name, value) => {
    expect(() => edit('', { [name]: value })).toThrow(BundleError);
  });

  it('does not show the value', () => {
    expect(() => edit('', { A: 's3cret\0' })).toThrow(
      'writing a variable to an env file A: expected a text, found a NUL character',
    );
  });

  it('does not change a file that Compose refuses', () => {
    expect(() => edit('A="x\n', { B: '1' }, { file: 'app.env' })).toThrow(/app\.env:1/);
  });
});

it('keeps every other variable unchanged, whatever the file and the value', () => {
  const generator = new EnvGenerator(3);
  for (let round = 0; round < 3000; round++) {
    const text = generator.file();
    if (validateEnvFile(text, none).length > 0) continue;
    const value = generator.value();
    const before = envValues(text, none);
    const changed = edit(text, { NEW: value });
    const { NEW, ...others } = Object.fromEntries(envValues(changed, none));
    expect(NEW).toBe(value);
    expect(others).toEqual(Object.fromEntries(before));
    expect(envValues(edit(changed, { A: value, B: '' }), none).get('A')).toBe(value);
  }
});
