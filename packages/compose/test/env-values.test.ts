// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of env files

import { BundleError } from '@bundle/format';
import { envValues, parseEnvFile, validateEnvFile } from '../src/env-values.ts';
import { caseEnvironment, envCases } from './env-cases.ts';

const lookup = (name: string): string | undefined => caseEnvironment[name];
const none = (): undefined => undefined;

function errorOf(text: string): BundleError {
  try {
    parseEnvFile(text, none, { file: 'app.env' });
  } catch (error) {
    if (error instanceof BundleError) return error;
    throw error;
  }
  throw new Error('there was no error');
}

describe.each(Object.entries(envCases))('%s', (_, cases) => {
  it.each(cases.map(([text, expected]) => ({ text, expected })))('$text', ({ text, expected }) => {
    if (expected === undefined) {
      expect(() => envValues(text, lookup)).toThrow(BundleError);
      expect(validateEnvFile(text, lookup)).not.toEqual([]);
    } else {
      expect(Object.fromEntries(envValues(text, lookup))).toEqual(expected);
      expect(validateEnvFile(text, lookup)).toEqual([]);
    }
  });
});

it('returns entries in order, with their lines', () => {
  const text = '# c\nA=1\n\nB="x\ny" C=3\nUNSET\nA=2\n';
  expect(parseEnvFile(text, lookup)).toEqual([
    { name: 'A', value: '1', line: 2 },
    { name: 'B', value: 'x\ny', line: 4 },
    { name: 'C', value: '3', line: 5 },
    { name: 'UNSET', value: undefined, line: 6 },
    { name: 'A', value: '2', line: 7 },
  ]);
});

it('accepts names of object properties as names', () => {
  const values = envValues('__proto__=1\nconstructor=2\nA=$toString\n', none);
  expect([...values]).toEqual([
    ['__proto__', '1'],
    ['constructor', '2'],
    ['A', ''],
  ]);
});

it('prefers the environment to earlier lines, and those to earlier files', () => {
  const earlier = new Map([
    ['A', 'earlier'],
    ['B', 'earlier'],
  ]);
  const values = envValues('A=own\nX=$A\nY=$B\nSET=own\nZ=$SET\n', lookup, { earlier });
  expect(Object.fromEntries(values)).toEqual({
    A: 'own',
    X: 'own',
    Y: 'earlier',
    SET: 'own',
    Z: 'value',
  });
});

it('reports where a file is invalid, without its values', () => {
  const error = errorOf('A=1\nB="s3cret\n');
  expect(error.code).toBe('compose-invalid');
  expect(error.message).toBe(
    'reading the env file app.env:2: expected NAME=VALUE, as Compose reads it, found the value of B has no closing "',
  );
  for (const text of ['s3cret!\n', 'A=s3cret${\n', 'A="x"s3cret"\n', 'A=${A:-s3cret${}\n']) {
    expect(JSON.stringify(errorOf(text))).not.toContain('s3cret');
    expect(errorOf(text).message).not.toContain('s3cret');
  }
});

it('lists everything that is wrong, up to the first syntax error', () => {
  const text = 'A=${X:?give X}\nB=${\nC=1\nD="\n';
  expect(validateEnvFile(text, none)).toEqual([
    { line: 1, message: 'the value of A: required variable X is missing a value: give X' },
    {
      line: 2,
      message: 'the value of B: invalid interpolation: "${" without the name of a variable',
    },
    { line: 4, message: 'the value of D has no closing "' },
  ]);
});

it('reads long lines in time that grows with their length', () => {
  const started = process.cpuUsage();
  const size = 200_000;
  for (const text of [
    `A=x${' '.repeat(size)}x`,
    `A=${'${B:-}'.repeat(size)}`,
    `A="${'\\"'.repeat(size)}"`,
    'A="x" '.repeat(size),
    '\n'.repeat(size),
    'A=1\n'.repeat(size),
    `${'A\t'.repeat(size)}=1`,
  ]) {
    expect(envValues(text, none).size).toBeLessThan(2);
  }
  for (const text of [`A=${'${B:-'.repeat(size)}`, `A=${'${B:-'.repeat(size)}}`]) {
    expect(() => envValues(text, none)).toThrow(BundleError);
  }
  // Of this process alone: a busy machine makes no difference.
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1e6).toBeLessThan(10);
});
