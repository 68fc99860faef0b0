import type { ContextEntry } from '@bundle/recipe';
import { compareTree } from '../src/images/compare-sources.ts';
import { treeOf } from '../src/images/image-tree.ts';

const file = (path: string, sha256: string): ContextEntry => ({
  ...{ path, type: 'file', mode: 0o644, sha256 },
});
const at = (path: string, content?: string) => ({
  ...{ path, removes: 'path' as const },
  ...(content === undefined ? {} : { content }),
});

test('upper layers replace, remove and hide what lower ones have', () => {
  const tree = treeOf([
    [at('/app/a', '1'), at('/app/gone', '1'), at('/app/dir/x', '1'), at('/app/dir2/x', '1')],
    [at('/app/a', '2'), at('/app/gone'), { path: '/app/dir', removes: 'below' }],
    [at('/app/dir/y', '3'), at('/app/dir2', '-> /elsewhere')],
  ]);
  expect([...tree].sort()).toEqual([
    ['/app/a', '2'],
    ['/app/dir/y', '3'],
    ['/app/dir2', '-> /elsewhere'],
  ]);
});

test.each<[string, ContextEntry[], [string, string][], object]>([
  [
    'the same files and more',
    [file('a', '1')],
    [
      ['/app/a', '1'],
      ['/app/b', '2'],
    ],
    { result: 'same' },
  ],
  ['nothing there', [file('a', '1')], [['/apps/a', '1']], { result: 'nothing' }],
  ['another file', [file('a', '1')], [['/app/a', '2']], { result: 'other', path: 'a' }],
  [
    'a missing file',
    [file('a', '1'), file('b', '1')],
    [['/app/a', '1']],
    { result: 'other', path: 'b' },
  ],
  [
    'files that only builds need',
    [file('Dockerfile', '1'), file('.git/HEAD', '1'), file('compose.yaml', '1'), file('a', '1')],
    [['/app/a', '1']],
    { result: 'same' },
  ],
  [
    'a link to another place',
    [{ path: 'l', type: 'symlink', mode: 0o777, target: 'a' }],
    [['/app/l', '-> b']],
    { result: 'other', path: 'l' },
  ],
])('an image with %s', (_case, entries, tree, result) => {
  expect(compareTree(entries, new Map(tree), '/app')).toEqual(result);
});
