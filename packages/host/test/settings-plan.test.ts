// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { createHash } from 'node:crypto';
import { envValues } from '@bundle/compose';
import { keyOf, planSettings, type SettingsSource } from '../src/settings.ts';

const compose =
  'services: {web: {image: "a:${TAG}", environment: {LEVEL: "${LEVEL}", KEY: "${KEY}"}}}';
type Files = Readonly<Record<string, string>>;

/** A release reduced to its files. `packed`: its env files as in its bundle. */
function release(name: string, files: Files, packed: Files = {}): SettingsSource {
  const all: Files = { 'docker-compose.yml': compose, ...files };
  const listed = Object.entries(packed).map(([path, text]) => {
    return { path, size: text.length, sha256: createHash('sha256').update(text).digest('hex') };
  });
  const example = { path: 'web.env', example: 'web.env.example' };
  const envFiles = 'web.env.example' in files ? [example] : [];
  const manifest = { product: 'shop', version: name, files: listed, envFiles, images: [] };
  const source = { name, manifest, read: async (path: string) => all[path] };
  return source as unknown as SettingsSource;
}

const plan = (
  target: SettingsSource,
  running?: SettingsSource,
  given: Files = {},
  ranBefore = false,
) => planSettings({ target, running, ranBefore, lookup: () => undefined }, given);

const textOf = async (
  path: string,
  ...args: Parameters<typeof plan>
): Promise<string | undefined> => {
  const { files } = await plan(...args);
  return files.find((file) => file.path === path)?.text;
};
const valuesOf = (text = ''): Files => Object.fromEntries(envValues(text, (name) => env[name]));
const env: Files = { HOME: '/root' };

const one = 'TAG=1\nLEVEL=info\nKEY=packed\n';
const two = '# of the second release\nTAG=2\nLEVEL=debug\nKEY=packed\n';
const older = release('1.0', { '.env': one, '.env.packed': one }, { '.env': one });
const newer = release('2.0', { '.env': two }, { '.env': two });

describe('a release that brings its own .env', () => {
  test('only local changes override what the next bundle packs', async () => {
    const edited = { '.env': 'TAG=1\nLEVEL=info\nKEY=mine\n', '.env.packed': one };
    const text = await textOf('.env', newer, release('1.0', edited, { '.env': one }));
    expect(text).toBe('# of the second release\nTAG=2\nLEVEL=debug\nKEY=mine\n');
  });

  test.each([
    ['DB_PASSWORD=s3cret#42', 's3cret#42'],
    ["DB_PASSWORD='it\\'s'", "it's"],
    ['DB_PASSWORD="it\'s"', "it's"],
    ['DB_PASSWORD=a$$b', 'a$b'],
    ['DB_PASSWORD="x${HOME}y"', 'x/rooty'],
    ["DB_PASSWORD='x${HOME}y'", 'x${HOME}y'],
    ['DB_PASSWORD="two\nlines"', 'two\nlines'],
    ['export DB_PASSWORD=x # of the vault', 'x'],
  ])('a password set here survives an upgrade: %s', async (line, value) => {
    const edited = { '.env': `TAG=1\nLEVEL=info\n${line}\n`, '.env.packed': one };
    expect(valuesOf(edited['.env'])['DB_PASSWORD']).toBe(value);
    const text = await textOf('.env', newer, release('1.0', edited, { '.env': one }));
    expect(valuesOf(text)).toEqual({ TAG: '2', LEVEL: 'debug', KEY: 'packed', DB_PASSWORD: value });
    expect(text).toContain(line);
  });

  test('where nothing was changed, the next bundle decides', async () => {
    expect(await textOf('.env', newer, older)).toBeUndefined();
  });

  test.each([
    ['came without values', {}],
    ['was staged without a copy of them', { '.env': one }],
  ])('all values of the running release win if it %s', async (_case, packed) => {
    const running = release('1.0', { '.env': 'TAG=1\nKEY=mine\n' }, packed);
    expect(await textOf('.env', newer, running)).toBe(
      '# of the second release\nTAG=1\nLEVEL=debug\nKEY=mine\n',
    );
  });

  test('a release that has run before, or whose file was edited, keeps its own file', async () => {
    const running = release('2.0', { '.env': 'TAG=9\n' });
    expect(await textOf('.env', older, running, {}, true)).toBeUndefined();
    const edited = release('1.0', { '.env': 'TAG=5\n', '.env.packed': one }, { '.env': one });
    expect(await textOf('.env', edited, running)).toBeUndefined();
  });
});

test.each(["it's", 'a$b ${c}', '#1', ' x ', 'two\nlines', '\\', 'C:\\'])(
  'a given value is read back unchanged: %j',
  async (value) => {
    const text = await textOf('.env', release('1.0', {}), undefined, { KEY: value });
    expect(valuesOf(text)['KEY']).toBe(value);
  },
);

test('an env file that Compose refuses is reported with its line', async () => {
  const running = release('1.0', { '.env': 'TAG=1\nKEY="open\n' });
  await expect(plan(running, running)).rejects.toMatchObject({
    code: 'compose-invalid',
    details: { subject: '.env of 1.0:2' },
  });
});

test('an upgrade keeps every line of .env, and adds what is new as comments', async () => {
  const text = '# mine\nLEVEL=debug\nTAG=1';
  const running = release('1.0', { '.env': text, 'env.example': 'TAG=\n' });
  const further = 'services: {web: {image: a, environment: ["L=${LEVEL}", "Z=${ZONE:-north}"]}}';
  const files = { 'docker-compose.yml': further, 'env.example': '# a new one\nZONE=north\n' };
  expect(await textOf('.env', release('2.0', files), running)).toBe(
    `${text}\n\n# New in 2.0\n# a new one\n#ZONE=north\n`,
  );
});

test('a new name that the Compose file has no default for comes with its value', async () => {
  const running = release('1.0', { '.env': 'TAG=1\n' });
  const target = release('2.0', { 'env.example': '# any of: cpu, gpu\nCOMPOSE_PROFILES=cpu\n' });
  expect(await textOf('.env', target, running)).toContain('\nCOMPOSE_PROFILES=cpu\n');
});

describe('an env file that a service reads', () => {
  const example = '# Token of the lab\nTOKEN=\nURL=http://lab\n';
  const fresh = release('1.0', { 'web.env.example': example });
  const missing = async (...args: Parameters<typeof plan>): Promise<string[]> =>
    (await plan(...args)).problems.missing.map(keyOf);

  test('an empty value in the example has to be given', async () => {
    expect(await missing(fresh)).toEqual(['web.env:TOKEN']);
    expect(await textOf('web.env', fresh, undefined, { 'web.env:TOKEN': 'a#b' })).toBe(
      "# Token of the lab\nTOKEN='a#b'\nURL=http://lab\n",
    );
  });

  test('its name alone is enough if it is unique, and an empty value counts', async () => {
    expect(await missing(fresh, undefined, { TOKEN: 'x' })).toEqual([]);
    expect(await missing(fresh, undefined, { TOKEN: '' })).toEqual([]);
    const both = release('1.0', { 'web.env.example': 'KEY=\n' });
    expect(await missing(both, undefined, { KEY: 'x' })).toEqual(['web.env:KEY']);
    await expect(plan(fresh, undefined, { 'web.env:NONE': 'x' })).rejects.toMatchObject({
      code: 'usage',
      details: { expected: expect.stringContaining('web.env:TOKEN'), found: 'web.env:NONE' },
    });
  });

  test('a value the operator left empty in an existing file is not asked for again', async () => {
    const staged = release('1.0', { 'web.env.example': example, 'web.env': 'TOKEN=\n' });
    expect(await missing(staged, staged)).toEqual([]);
    const next = release('2.0', { 'web.env.example': example });
    expect(await missing(next, staged)).toEqual([]);
    expect(await textOf('web.env', next, staged)).toBe('TOKEN=\n');
  });

  test('settings of a new release are added, and asked for if they are empty', async () => {
    const staged = release('1.0', { 'web.env.example': example, 'web.env': 'TOKEN=it # mine\n' });
    const more = `${example}# which ward\nWARD=\nSIZE=10\n`;
    const next = release('2.0', { 'web.env.example': more });
    expect(await missing(next, staged)).toEqual(['web.env:WARD']);
    expect(await textOf('web.env', next, staged, { WARD: '7' })).toBe(
      'TOKEN=it # mine\n\n# New in 2.0\n# which ward\nWARD=7\nSIZE=10\n',
    );
  });

  test('lines changed here override those of a file that the next bundle packs', async () => {
    const packed = { 'web.env': 'TOKEN=x\nURL=http://new\n' };
    const next = release('2.0', { 'web.env.example': example, ...packed }, packed);
    const first = { 'web.env': 'TOKEN=x\nURL=http://lab\n' };
    const files = { 'web.env.example': example, 'web.env': 'TOKEN=mine#1\nURL=http://lab\n' };
    const running = release('1.0', files, first);
    expect(await textOf('web.env', next, running)).toContain('TOKEN=mine#1\n');
  });

  test('settings that differ from the running ones are named with their file', async () => {
    const staged = release('1.0', { 'web.env.example': example, 'web.env': 'TOKEN=a\n' });
    expect((await plan(staged, staged, { TOKEN: 'b' })).differing).toEqual(['web.env:TOKEN']);
  });
});

describe('what only chooses an image', () => {
  const required = 'services: {web: {image: "a:${TAG:?set it}", volumes: ["${PWD}/x:/x"]}}';
  const source = (name: string, files: Files) =>
    release(name, { 'docker-compose.yml': required, ...files });

  test.each([
    ['without an example', {}, 'TAG=fixed-by-the-bundle\nPWD=.\n'],
    [
      'empty in the example',
      { 'env.example': '# tag\nTAG=\n' },
      '# tag\nTAG=fixed-by-the-bundle\nPWD=.\n',
    ],
    ['set in the example', { 'env.example': 'TAG=2\n' }, 'TAG=2\nPWD=.\n'],
  ])('has a value that Compose can read, and nobody is asked: %s', async (_case, files, text) => {
    const planned = await plan(source('1.0', files));
    expect(planned.problems.missing).toEqual([]);
    expect(planned.files).toEqual([expect.objectContaining({ path: '.env', text })]);
  });

  test('has it too where it is new in an upgrade', async () => {
    const text = await textOf('.env', source('2.0', {}), release('1.0', { '.env': 'KEY=1\n' }));
    expect(text).toBe('KEY=1\nTAG=fixed-by-the-bundle\nPWD=.\n');
  });
});

describe('a choice of profiles', () => {
  const example =
    '# cpu (db)\n# any of: cpu, gpu\n# asked before the first start\nCOMPOSE_PROFILES=cpu\n';
  const target = release('1.0', { 'env.example': example });
  const asked = async (...args: Parameters<typeof plan>): Promise<string[]> =>
    (await plan(...args)).toAsk.map(keyOf);

  test('is asked for before the first start, and has a value where nobody can answer', async () => {
    const planned = await plan(target);
    expect(planned.problems).toEqual({ missing: [], invalid: [] });
    expect(planned.values).toMatchObject({ COMPOSE_PROFILES: 'cpu' });
    expect(planned.toAsk).toMatchObject([
      { name: 'COMPOSE_PROFILES', default: 'cpu', allowed: ['cpu', 'gpu'], several: true },
    ]);
  });

  test('is not asked for again, nor where it is given; an upgrade that brings it asks', async () => {
    expect(await asked(target, undefined, { COMPOSE_PROFILES: 'gpu' })).toEqual([]);
    const there = release('1.0', { 'env.example': example, '.env': 'COMPOSE_PROFILES=gpu\n' });
    expect(await asked(there, there, {}, true)).toEqual([]);
    expect(await asked(target, release('0.9', { '.env': 'TAG=1\n' }))).toEqual([
      'COMPOSE_PROFILES',
    ]);
  });

  test.each([
    ['cpu,gpu', []],
    [' gpu , cpu ', []],
    ['', []],
    ['gpu,tpu', ['COMPOSE_PROFILES']],
    ['*', ['COMPOSE_PROFILES']],
  ])('takes names that there are: %j', async (value, wrong) => {
    const { problems } = await plan(target, undefined, { COMPOSE_PROFILES: value });
    expect(problems.invalid.map(({ setting }) => keyOf(setting))).toEqual(wrong);
  });
});
