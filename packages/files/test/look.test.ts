import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isThere, namesIn, sizeOf } from '../src/look.ts';
import { readTextIfThere } from '../src/read-text.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
  await writeFile(join(folder, 'file'), 'text');
  await mkdir(join(folder, 'sub'));
  await symlink('file', join(folder, 'link'));
  await symlink('absent', join(folder, 'dangling'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('missing paths are told from existing ones, even below a file', async () => {
  const at = (path: string): string => join(folder, path);
  expect(await namesIn(folder)).toEqual(['dangling', 'file', 'link', 'sub']);
  expect(await namesIn(at('absent'))).toEqual([]);
  expect(await namesIn(at('file/below'))).toEqual([]);
  const found = ['file', 'link', 'sub', 'dangling', 'absent', 'file/below'].map(async (path) => [
    path,
    await isThere(at(path)),
    await sizeOf(at(path)),
  ]);
  expect(await Promise.all(found)).toEqual([
    ['file', true, 4],
    ['link', true, 4],
    ['sub', true, undefined],
    ['dangling', false, undefined],
    ['absent', false, undefined],
    ['file/below', false, undefined],
  ]);
  expect(await readTextIfThere(at('link'))).toBe('text');
  expect(await readTextIfThere(at('file/below'))).toBeUndefined();
  await expect(readTextIfThere(at('sub'))).rejects.toMatchObject({ code: 'input-unreadable' });
});

test('a text larger than allowed is not read, whatever size the system reports', async () => {
  const file = join(folder, 'file');
  expect(await readTextIfThere(file, { maxBytes: 4 })).toBe('text');
  const tooLong = readTextIfThere(file, { maxBytes: 3, code: 'engine-failed' });
  await expect(tooLong).rejects.toMatchObject({ code: 'engine-failed' });
  // It reports no size, and has no end.
  await expect(readTextIfThere('/dev/zero')).rejects.toMatchObject({ code: 'input-unreadable' });
  expect(await readTextIfThere('/proc/self/comm')).toMatch(/./);
});
