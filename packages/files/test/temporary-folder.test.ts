import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ownMark } from '../src/mark.ts';
import { makeTemporaryFolder } from '../src/temporary-folder.ts';

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'temporary-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

test('folders of killed runs are removed; those in use, of others and by another name stay', async () => {
  const mark = await ownMark();
  const ended = mark.replace(/^\d+/, '4194305');
  const running = await makeTemporaryFolder('some-', work);
  const kept = [basename(running), `other-${ended}-abcdef`, 'some-thing', `some-${ended}-link12`];
  const elsewhere = `some-${ended.replace(/-\d+-(\w+)$/, '-1-$1')}-abcdef`;
  await writeFile(join(running, 'file'), 'x');
  for (const name of [...kept.slice(1, 3), elsewhere]) await mkdir(join(work, name));
  await symlink(running, join(work, `some-${ended}-link12`));
  await mkdir(join(work, `some-${ended}-abcdef/deep`), { recursive: true });
  const made = await makeTemporaryFolder('some-', work);
  expect((await readdir(work)).sort()).toEqual([...kept, elsewhere, basename(made)].sort());
  expect(await readdir(running)).toEqual(['file']);
});

test.each(['none', 'file'])(
  'a place for temporary files that is no folder (%s) is named, with what to do',
  async (name) => {
    await writeFile(join(work, 'file'), '');
    const error = await makeTemporaryFolder('some-', join(work, name)).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'output-unwritable' });
    expect(String(error)).toContain(join(work, name));
    expect(error).toHaveProperty('details.hint', expect.stringContaining('TMPDIR'));
  },
);
