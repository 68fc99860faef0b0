// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import {
  checkSettings,
  compareSettings,
  keyOf,
  settingsOf,
  settingsOfFile,
  wordsOf,
} from '../src/settings/setting.ts';

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

  it('are the variables with an effect and the names in the example', () => {
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
  it('accept only the values listed in the comment', () => {
    expect(settings.get('LEVEL')?.allowed).toEqual(['debug', 'info', 'warn']);
    const wrong = checkSettings([...settings.values()], { LEVEL: 'loud', API_KEY: '' });
    expect(wrong.invalid.map(({ setting }) => setting.name)).toEqual(['LEVEL']);
    expect(wrong.missing.map(({ name }) => name)).toEqual(['API_KEY']);
  });
  it('have the default of the Compose file before that of the example', () => {
    expect(settings.get('PORT')?.default).toBe('80');
  });
});

describe('the settings of an env file that a service reads', () => {
  const text = `# Token of the lab system.
API_TOKEN=
LAB_URL=http://lab
# optional: only behind a proxy
PROXY=
#OLD=1
`;
  const settings = settingsOfFile('api.env', text);

  it('are the names set in its example, prefixed by their file', () => {
    expect(settings.map(keyOf)).toEqual(['api.env:API_TOKEN', 'api.env:LAB_URL', 'api.env:PROXY']);
    expect(settings[0]).toMatchObject({ secret: true, description: ['Token of the lab system.'] });
  });
  it('are required if empty in the example, unless it says otherwise', () => {
    expect(settings.filter(({ required }) => required).map(({ name }) => name)).toEqual([
      'API_TOKEN',
    ]);
  });
  it('may be given as empty on purpose', () => {
    expect(checkSettings(settings, {}).missing).toHaveLength(1);
    expect(checkSettings(settings, { 'api.env:API_TOKEN': '' }).missing).toEqual([]);
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
});

test('a question shows the comment above a setting and the words of the Compose file', () => {
  const description = ['Token of the laboratory system.', 'Ask the ward for it.', 'required'];
  expect(wordsOf({ description, message: 'the token' })).toBe(
    'Token of the laboratory system. Ask the ward for it.; the token',
  );
  expect(wordsOf({ description })).toBe('Token of the laboratory system. Ask the ward for it.');
  expect(wordsOf({ description: [], message: 'the token' })).toBe('the token');
});
