// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import {
  carriedOver,
  checkSettings,
  compareSettings,
  envValues,
  settingsOf,
  withValues,
} from '../src/settings/settings.ts';

const compose = {
  services: {
    web: {
      image: 'web:${TAG:-1}',
      environment: ['KEY=${API_KEY:?where it comes from}', 'L=${LEVEL:-info}', 'Z=${ZONE}'],
      ports: ['${PORT:-80}:80'],
    },
  },
};
const example = `# Settings.

# How much is logged.
# allowed: debug, info or warn
LEVEL=info
# secret
ZONE=
#FURTHER=x
PORT=8080
`;

describe('the settings of a release', () => {
  const settings = new Map(settingsOf(compose, example).map((one) => [one.name, one]));

  it('are the variables that have an effect, and the names of the example', () => {
    expect([...settings.keys()]).toEqual(['API_KEY', 'LEVEL', 'ZONE', 'PORT', 'FURTHER']);
  });
  it('say what is required, and why', () => {
    expect(settings.get('API_KEY')).toMatchObject({
      required: true,
      message: 'where it comes from',
    });
    expect(settings.get('LEVEL')).toMatchObject({ required: false, default: 'info' });
  });
  it('are secret by their name or their comment', () => {
    const secret = [...settings.values()].filter((one) => one.secret).map(({ name }) => name);
    expect(secret).toEqual(['API_KEY', 'ZONE']);
  });
  it('take the values that the comment lists', () => {
    expect(settings.get('LEVEL')?.allowed).toEqual(['debug', 'info', 'warn']);
    const wrong = checkSettings([...settings.values()], { LEVEL: 'loud', API_KEY: '' });
    expect(wrong.invalid.map(({ setting }) => setting.name)).toEqual(['LEVEL']);
    expect(wrong.missing.map(({ name }) => name)).toEqual(['API_KEY']);
  });
  it('have the default of the Compose file before that of the example', () => {
    expect(settings.get('PORT')?.default).toBe('80');
  });
});

describe('writing values into an env file', () => {
  it.each([
    ['a plain value', 'A=1\nB=2\n', { A: '3' }, 'A=3\nB=2\n'],
    ['one that was commented out', '# words\n#A=1\n', { A: '3' }, '# words\nA=3\n'],
    ['a new name', 'A=1', { B: '2' }, 'A=1\nB=2\n'],
    ['words in quotes', 'A=1\n', { A: 'a b $c "d"' }, 'A=\'a b $c "d"\'\n'],
    ['a quote', 'A=1\n', { A: "it's" }, "A='it\\'s'\n"],
    ['a value of several lines', 'A="1\n2"\nB=3\n', { A: 'x' }, 'A=x\nB=3\n'],
    ['a name that is part of another', 'AB=1\nA=1\n', { A: '2' }, 'AB=1\nA=2\n'],
    ['the last of two, which counts', 'A=1\nA=2\n', { A: '3' }, 'A=1\nA=3\n'],
    ['an exported one', 'export A=1\n', { A: '2' }, 'A=2\n'],
  ])('%s', (_, text, values, result) => {
    expect(withValues(text, values)).toBe(result);
  });
  it('keeps words that look like a replacement pattern', () => {
    expect(envValues(withValues('A=1\n', { A: '$&-$1' }))).toEqual({ A: '$&-$1' });
  });
});

describe('an upgrade', () => {
  const before = settingsOf(compose, example);
  const newer = {
    services: { web: { environment: ['L=${LEVEL:-warn}', 'K=${API_KEY:?}', 'N=${NEW:-n}'] } },
  };
  const after = settingsOf(newer, '');
  const change = compareSettings(before, after);

  it('shows new, removed and changed settings', () => {
    expect(change.added.map(({ name }) => name)).toEqual(['NEW']);
    expect(change.removed).toEqual(['ZONE', 'PORT', 'FURTHER']);
    expect(change.changedDefaults).toEqual([{ name: 'LEVEL', before: 'info', after: 'warn' }]);
  });
  it('keeps every line of the env file, and adds what is new as comments', () => {
    const text = '# mine\nLEVEL=debug\nAPI_KEY=k\n';
    expect(carriedOver(text, change.added, '2.0')).toBe(`${text}\n# New in 2.0\n#NEW=n\n`);
    expect(carriedOver('#NEW=1\n', change.added, '2.0')).toBe('#NEW=1\n');
  });
});
