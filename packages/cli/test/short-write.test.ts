import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBundle, resign, rewrite } from '../../import/test/build-bundle.ts';
import { finished, startInShell } from './run-bundle.ts';

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'short-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

// A file size limit acts like a full disk: a write is cut to what fits, and only the next one fails.
test('a partially written file ends the import, and no release is staged', async () => {
  const { path } = await buildBundle(join(work, 'shop'));
  await rewrite(path, (contents) => {
    contents.set('docker-compose.yml', Buffer.from(`services: {}\n# ${'long '.repeat(100_000)}\n`));
    resign(contents, ({ files, sizes }) => {
      sizes.stored = files.reduce((sum, { size }) => sum + size, 0);
    });
  });
  const state = join(work, 'state');
  const args = ['import', path, '--engine', `oci:${join(work, 'engine')}`, '--state-dir', state];
  const { code, stderr } = await finished(startInShell('ulimit -f 200; exec "$@"', args));
  expect({ code, stderr }).toMatchObject({ code: 43 });
  expect(await readdir(join(state, 'shop/releases'))).toEqual([]);
});
