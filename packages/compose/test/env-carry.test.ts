// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of env files

import { BundleError } from '@bundle/format';
import { carryEnvLines } from '../src/env-carry.ts';
import { envValues, readEnvFile, validateEnvFile } from '../src/env-values.ts';
import { EnvGenerator } from './env-generator.ts';

const lookup = (name: string): string | undefined => (name === 'HOME' ? '/root' : undefined);

describe('copies lines as they are written', () => {
  it.each([
    ['A=a$$b\n', 'A=1\nB=2\n', 'A=a$$b\nB=2\n'],
    ['A="x${HOME}y"\n', 'A=1\nB=2\n', 'A="x${HOME}y"\nB=2\n'],
    ['A=s3cret#42 # mine\n', 'A=1 # theirs\nB=2\n', 'A=s3cret#42 # mine\nB=2\n'],
    ["A='it\\'s'\n", 'B=2\nA=1\n', "B=2\nA='it\\'s'\n"],
    ['export A: "x"  # c\r\nB=3\r\n', 'A=1\nB=2\n', 'export A: "x"  # c\nB=2\n'],
    ['A="first\nsecond"\n', "A='1\n2' # c\nB=2\n", 'A="first\nsecond"\nB=2\n'],
    ['A=old\n', 'B=2', 'B=2\nA=old\n'],
    ['A=old', 'B=2\r\n', 'B=2\r\nA=old\r\n'],
    ['A="x"B=2\n', 'A=1\nB=3\n', 'A="x"\nB=3\n'],
    ['A=x # c\n', 'A="1"B=2\n', 'A=x # c\nB=2\n'],
    ['A\nB=1\n', 'B=2\nA=1', 'B=2\nA\n'],
    ['A=1\nA=${A}2\n', 'A=0\nB=2\n', 'A=1\nA=${A}2\nB=2\n'],
    ['A=5\n', 'A=0\nB=$A\nA=1\n', 'A=0\nB=$A\nA=5\n'],
    ['B=1\n', 'A=1\n', 'A=1\n'],
    ['\uFEFFA=5\n', '\uFEFFA=1\n', '\uFEFFA=5\n'],
    ['A=5\n', 'B=2\nA', 'B=2\nA=5\nA'],
  ])('%j into %j', (from, into, expected) => {
    expect(carryEnvLines(from, into, ['A'], lookup)).toBe(expected);
  });

  it('to the end, if a value uses a variable that is set further down', () => {
    const from = 'HOST=h\nURL=http://$HOST\n';
    expect(carryEnvLines(from, 'URL=x\nHOST=y\n', ['URL', 'HOST'], lookup)).toBe(
      'URL=x\nHOST=y\nHOST=h\nURL=http://$HOST\n',
    );
    expect(carryEnvLines(from, 'HOST=y\nURL=x\n', ['URL', 'HOST'], lookup)).toBe(from);
  });

  it('in place, if the other file sets a variable that it uses to another value', () => {
    const from = 'HOST=h\nURL=http://$HOST\n';
    expect(carryEnvLines(from, 'HOST=y\nURL=x\n', ['URL'], lookup)).toBe(
      'HOST=y\nURL=http://$HOST\n',
    );
  });

  it('only from files that Compose accepts', () => {
    expect(() => carryEnvLines('A="x\n', '', ['A'], lookup)).toThrow(BundleError);
    expect(() => carryEnvLines('A=1\n', 'A="x\n', ['A'], lookup)).toThrow(BundleError);
    expect(carryEnvLines('A=1\n', 'B=${X:?needed}\n', ['A'], lookup)).toBe('B=${X:?needed}\nA=1\n');
  });
});

it('keeps all values of a file that is copied as a whole', () => {
  const generator = new EnvGenerator(4);
  let carried = 0;
  while (carried < 1000) {
    const from = `${generator.file()}\n`;
    if (validateEnvFile(from, lookup).length > 0) continue;
    const values = envValues(from, lookup);
    const lines = [...values.keys()].filter(Boolean).map((name) => `${name}=0 # c\n`);
    const into = `# d\n${lines.toReversed().join('')}OTHER=$A`;
    // A line that uses a variable set only later means something else after any other file.
    const behind = readEnvFile(`${into}\n${from}`, lookup);
    const last = new Map(behind.entries.map(({ name, value }) => [name, value]));
    if ([...values].some(([name, value]) => last.get(name) !== value)) continue;
    carried++;
    const read = envValues(carryEnvLines(from, into, values.keys(), lookup), lookup);
    expect([...values].map(([name]) => [name, read.get(name)])).toEqual([...values]);
  }
});
