import { envFileUses, isEnvFileName, withoutValues } from '../src/env-files.ts';

describe('an example made of an env file', () => {
  it.each([
    [
      'names and comments',
      '# The port\nPORT=8080\nexport KEY=canary\n',
      '# The port\nPORT=\nKEY=\n',
    ],
    ['quoted values', 'A="canary"\nB=\'canary # x\'\n', 'A=\nB=\n'],
    ['values of several lines', 'A="one\n# canary\nB=canary\n"\nC=2\n', 'A=\nC=\n'],
    ['an escaped quote in a value', 'A="one \\" \n# canary\n"\nC=2\n', 'A=\nC=\n'],
    ['comments after a value', 'A=1 # canary\n', 'A=\n'],
    ['settings that are commented out', '#OLD_KEY=canary\n', '#OLD_KEY=\n'],
    ['comments that contain a value of the file', '# the key is canary\nKEY=canary\n', 'KEY=\n'],
    ['lines of a key without quotes', 'KEY=-----BEGIN\nMIIcanary\n', 'KEY=\n'],
    ['Windows line endings', 'A=canary\r\nB=canary\r\n', 'A=\nB=\n'],
    ['the form with a colon', 'A: canary\n', 'A=\n'],
    ['nothing', '', '\n'],
  ])('keeps no value: %s', (_name, text, expected) => {
    const example = withoutValues(text);
    expect(example).toBe(expected);
    expect(example).not.toContain('canary');
  });
});

it.each([
  ['.env', true],
  ['.env.local', true],
  ['prod.env', true],
  ['.env.example', false],
  ['example.env', false],
  ['.env.production.sample', false],
  ['environment.conf', false],
])('%s holds values of one site: %s', (name, expected) => {
  expect(isEnvFileName(name)).toBe(expected);
});

it('finds env files in every form that Compose allows', () => {
  const services = {
    a: { env_file: 'a.env' },
    b: { env_file: ['b.env', { path: 'c.env', required: false }] },
    c: null,
    d: { image: 'x' },
  };
  expect(envFileUses({ services })).toEqual([
    { service: 'a', path: 'a.env', required: true },
    { service: 'b', path: 'b.env', required: true },
    { service: 'b', path: 'c.env', required: false },
  ]);
});
