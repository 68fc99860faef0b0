import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { homeFolder, runtimeFolder, userFolder } from '../src/user-folders.ts';

const account = userInfo().homedir;
const asModule = ['--input-type=module', '-e'];
const usual = { config: '.config', state: '.local/state', cache: '.cache' } as const;

describe.each(['config', 'state', 'cache'] as const)('the folder for %s', (kind) => {
  const variable = `XDG_${kind.toUpperCase()}_HOME`;

  test.each([
    ['the variable', { [variable]: '/own', HOME: '/home/me' }, '/own'],
    ['the home folder without it', { HOME: '/home/me' }, `/home/me/${usual[kind]}`],
    ['the home folder where it is empty', { [variable]: '', HOME: '/me' }, `/me/${usual[kind]}`],
    ['the home folder where it is relative', { [variable]: 'x', HOME: '/m' }, `/m/${usual[kind]}`],
    ['the home folder for ..', { [variable]: '../x', HOME: '/m' }, `/m/${usual[kind]}`],
    ['the account where HOME is relative', { HOME: 'me' }, join(account, usual[kind])],
  ])('is that of %s', (_, env, expected) => {
    expect(userFolder(kind, env)).toBe(expected);
  });
});

test.each([
  [{ HOME: '/home/me' }, '/home/me'],
  [{ HOME: 'me' }, account],
  [{ HOME: '.' }, account],
  [{ HOME: '' }, account],
  [{}, account],
])('the home folder of %j is absolute', (env, expected) => {
  expect(homeFolder(env)).toBe(expected);
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;

asRoot('a user without an account has the root folder', () => {
  const source = join(import.meta.dirname, '../src/user-folders.ts');
  // Loaded as root, which can read the checkout.
  const text = `const all = await import(${JSON.stringify(source)}); process.setuid(54321); console.log(all.homeFolder({}));`;
  expect(execFileSync(process.execPath, [...asModule, text]).toString()).toBe('/\n');
});

test.each([
  [{ XDG_RUNTIME_DIR: '/run/mine' }, '/run/mine'],
  [{ XDG_RUNTIME_DIR: 'run' }, `/run/user/${process.getuid?.()}`],
  [{}, `/run/user/${process.getuid?.()}`],
])('the folder for sockets of %j is absolute', (env, expected) => {
  expect(runtimeFolder(env)).toBe(expected);
});

test('a relative TMPDIR gives an absolute path: other programs run in other folders', async () => {
  const work = await mkdtemp(join(tmpdir(), 'temporary-'));
  try {
    const source = join(import.meta.dirname, '../src/temporary-folder.ts');
    const text = `const all = await import(${JSON.stringify(source)}); console.log(await all.makeTemporaryFolder('bundle-'));`;
    const env = { ...process.env, TMPDIR: '.' };
    const made = execFileSync(process.execPath, [...asModule, text], { cwd: work, env }).toString();
    expect(made.startsWith(join(work, 'bundle-'))).toBe(true);
  } finally {
    await rm(work, { recursive: true });
  }
});
