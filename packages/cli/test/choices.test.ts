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
      platform: { architecture: 'arm64' },
    });
  });
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
  ])('%s', (_, option, env, isRoot, expected) => {
    expect(stateFolder(option, { env, cwd: '/work' }, isRoot)).toBe(expected);
  });
});
