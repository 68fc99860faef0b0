// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { createHash } from 'node:crypto';
import { planSettings, type SettingsSource } from '../src/settings/settings-files.ts';

const compose =
  'services: {web: {image: "a:${TAG}", environment: {LEVEL: "${LEVEL}", KEY: "${KEY}"}}}';

/** A release of which only files matter here. */
function release(name: string, files: Readonly<Record<string, string>>, packed?: string) {
  const sha256 = createHash('sha256')
    .update(packed ?? '')
    .digest('hex');
  const all: Readonly<Record<string, string>> = { 'docker-compose.yml': compose, ...files };
  const listed = packed === undefined ? [] : [{ path: '.env', size: packed.length, sha256 }];
  const manifest = { product: 'shop', version: name, files: listed, envFiles: [], images: [] };
  const source = { name, manifest, read: async (path: string) => all[path] };
  return source as unknown as SettingsSource;
}

const dotEnv = async (
  target: SettingsSource,
  running: SettingsSource | undefined,
  ranBefore = false,
): Promise<string | undefined> => {
  const plan = await planSettings(target, running, {}, undefined, ranBefore);
  return plan.files.find(({ path }) => path === '.env')?.text;
};

const one = 'TAG=1\nLEVEL=info\nKEY=packed\n';
const two = '# of the second release\nTAG=2\nLEVEL=debug\nKEY=packed\n';

test('what was changed here wins over what the next bundle packs, and nothing else does', async () => {
  const edited = { '.env': 'TAG=1\nLEVEL=info\nKEY=mine\n', '.env.packed': one };
  const text = await dotEnv(release('2.0', { '.env': two }, two), release('1.0', edited, one));
  expect(text).toBe('# of the second release\nTAG=2\nLEVEL=debug\nKEY=mine\n');
});

test('where nothing was changed, the next bundle decides', async () => {
  const running = release('1.0', { '.env': one, '.env.packed': one }, one);
  expect(await dotEnv(release('2.0', { '.env': two }, two), running)).toBeUndefined();
});

test.each([
  ['came without values', undefined],
  ['was staged without a copy of them', one],
])('all of what runs wins where it %s', async (_case, packed) => {
  const running = release('1.0', { '.env': 'TAG=1\nKEY=mine\n' }, packed);
  const text = await dotEnv(release('2.0', { '.env': two }, two), running);
  expect(text).toBe('# of the second release\nTAG=1\nLEVEL=debug\nKEY=mine\n');
});

test('a release that ran before, or whose file was edited, keeps its own', async () => {
  const running = release('2.0', { '.env': 'TAG=9\n' });
  const older = release('1.0', { '.env': one, '.env.packed': one }, one);
  expect(await dotEnv(older, running, true)).toBeUndefined();
  const edited = release('1.0', { '.env': 'TAG=5\n', '.env.packed': one }, one);
  expect(await dotEnv(edited, running)).toBeUndefined();
});
