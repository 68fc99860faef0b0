import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mergeSpec } from '../src/commands/export/input.ts';
import { chooseOutput, sourceDateEpoch } from '../src/commands/export/output.ts';
import { stateFolder } from '../src/shared/folders.ts';

describe('where a bundle is written', () => {
  test.each([
    ['nothing said: a folder named after the product', {}, '/work/shop.bundle', 'folder'],
    ['only the form', { format: 'tar' }, '/work/shop.bundle.tar', 'tar'],
    ['an ending of .tar', { output: 'a.tar' }, '/work/a.tar', 'tar'],
    ['another ending', { output: '/stick/a' }, '/stick/a', 'folder'],
    [
      'the form wins over the ending',
      { output: 'a.tar', format: 'folder' },
      '/work/a.tar',
      'folder',
    ],
  ] as const)('%s', (_, options, output, format) => {
    expect(chooseOutput(options, 'shop', '/work')).toEqual({ output, format });
  });
});

describe('SOURCE_DATE_EPOCH', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['0', 0],
    ['1767225600', 1767225600],
  ])('%p is taken as %p', (text, seconds) => {
    expect(sourceDateEpoch(text === undefined ? {} : { SOURCE_DATE_EPOCH: text })).toBe(seconds);
  });
  test.each(['-1', '1.5', 'now', '0x10', '999999999999'])('%s is refused', (text) => {
    expect(() => sourceDateEpoch({ SOURCE_DATE_EPOCH: text })).toThrow('SOURCE_DATE_EPOCH');
  });
});

describe('what is packed', () => {
  const spec = {
    schemaVersion: 1 as const,
    product: 'shop',
    compose: ['a.yml', '../b.yml'],
    withEnv: ['prod.env'],
    pull: 'never' as const,
    platform: 'linux/arm64',
  };

  test('paths of a spec are relative to it, those of options to the current folder', () => {
    const { application } = mergeSpec('/app/shop.yaml', spec, { withEnv: ['x.env'] }, '/work');
    expect(application.composeFiles).toEqual(['/app/a.yml', '/b.yml']);
    expect(application.withEnv).toEqual(['/app/prod.env', '/work/x.env']);
  });

  test('options win over the spec', () => {
    const flags = { product: 'other', pull: 'always' as const };
    expect(mergeSpec('/app/shop.yaml', spec, flags, '/work')).toMatchObject({
      application: { product: 'other' },
      pull: 'always',
      platform: [{ architecture: 'arm64' }],
    });
  });

  test('the spec wins over what is configured for all exports of a host', () => {
    const configured = new Set(['pull', 'platform', 'channel', 'withSource', 'projectRoot']);
    const flags = {
      ...{ configured, pull: 'always' as const, platform: 'all' as const, channel: 'beta' },
      ...{ withSource: true, projectRoot: '/elsewhere', rebuild: false },
    };
    const whole = { ...spec, withSource: false, rebuild: true, projectRoot: '..' };
    expect(mergeSpec('/app/shop.yaml', whole, flags, '/work')).toMatchObject({
      application: { projectRoot: '/' },
      pull: 'never',
      platform: [{ architecture: 'arm64' }],
      withSource: false,
      // The spec says nothing of it.
      channel: 'beta',
      // Typed.
      rebuild: false,
    });
  });
});

/** Returns the state folder that install.sh chooses for a user who is not root. */
async function scriptChooses(env: Readonly<Record<string, string>>): Promise<string> {
  const file = join(import.meta.dirname, '../../export/src/bundle/scripts/install.sh');
  const [choice = ''] =
    /^default_state_dir\(\) \{\n.*?^\}\n/ms.exec(await readFile(file, 'utf8')) ?? [];
  const script = `set -eu; id() { echo 54321; }\n${choice}default_state_dir`;
  const { stdout } = await promisify(execFile)('sh', ['-c', script], {
    env: { PATH: process.env['PATH'], ...env },
  });
  return stdout.trimEnd();
}

test.each([
  [{ HOME: '/home/me' }],
  [{ HOME: '/' }],
  [{ HOME: '/home/me', XDG_STATE_HOME: '/x' }],
  [{ HOME: '/home/me', XDG_STATE_HOME: 'x' }],
  [{ HOME: '/home/me', XDG_STATE_HOME: '' }],
  [{ HOME: '/home/me', XDG_STATE_HOME: 'x', BUNDLE_STATE_DIR: '/b' }],
])('install.sh chooses the state folder of the command for %j', async (env) => {
  expect(await scriptChooses(env)).toBe(stateFolder(undefined, { env, cwd: '/work' }, false));
});

test('install.sh without HOME and without an account uses the root folder', async () => {
  expect(await scriptChooses({})).toBe('/.local/state/bundle');
});

describe('the state folder', () => {
  test.each([
    ['the option', '/a', { BUNDLE_STATE_DIR: '/b' }, true, '/a'],
    [
      'BUNDLE_STATE_DIR, relative to the current folder',
      undefined,
      { BUNDLE_STATE_DIR: 'b' },
      true,
      '/work/b',
    ],
    ['as root', undefined, {}, true, '/var/lib/bundle'],
    ['otherwise the XDG state folder', undefined, { XDG_STATE_HOME: '/x' }, false, '/x/bundle'],
    [
      'not a relative XDG state folder',
      undefined,
      { XDG_STATE_HOME: 'x', HOME: '/home/me' },
      false,
      '/home/me/.local/state/bundle',
    ],
  ])('%s', (_, option, env, isRoot, expected) => {
    expect(stateFolder(option, { env, cwd: '/work' }, isRoot)).toBe(expected);
  });
});
