import { execFile } from 'node:child_process';
import { link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { openBundle, requireEntry } from '../src/bundle-source.ts';
import { testFolder } from './folder.ts';

const run = promisify(execFile);
const here = testFolder();
beforeEach(async () => {
  await mkdir(here('images/blobs'), { recursive: true });
  await writeFile(here('bundle.json'), '{}');
  await writeFile(here('images/blobs/a'), 'aaa');
});

test('every file in the folder tree is found, with its size', async () => {
  const source = await openBundle(here());
  expect([...source.entries.keys()].sort()).toEqual(['bundle.json', 'images/blobs/a']);
  expect([source.form, source.path]).toEqual(['folder', here()]);
  expect(requireEntry(source, 'images/blobs/a')).toEqual({
    file: here('images/blobs/a'),
    offset: 0,
    size: 3,
  });
  expect(() => requireEntry(source, 'none')).toThrow(
    expect.objectContaining({ code: 'file-missing' }),
  );
});

test('a folder without bundle.json is not a bundle', async () => {
  await expect(openBundle(here('images'))).rejects.toMatchObject({ code: 'bundle-not-found' });
});

describe('what is refused in a bundle folder', () => {
  test.each<[string, string, () => Promise<unknown>]>([
    ['a link to a file', 'images/link', () => symlink('../bundle.json', here('images/link'))],
    ['a link to a folder', 'images/link', () => symlink('/', here('images/link'))],
    ['a link to nothing', 'images/link', () => symlink('none', here('images/link'))],
    ['a pipe', 'images/pipe', () => run('mkfifo', [here('images/pipe')])],
  ])('%s', async (_, path, make) => {
    await make();
    await expect(openBundle(here())).rejects.toMatchObject({
      code: 'archive-invalid',
      details: { found: `${path}, which is neither a regular file nor a folder` },
    });
  });

  test('a socket', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(here('images/s'), resolve));
    try {
      await expect(openBundle(here())).rejects.toMatchObject({ code: 'archive-invalid' });
    } finally {
      server.close();
    }
  });

  test.each(['a\\b', 'a\u0308', 'x\ny', 'a\u202eb', 'dot.'])('the name %j', async (name) => {
    await writeFile(here('images', name), '');
    await expect(openBundle(here())).rejects.toMatchObject({
      code: 'archive-invalid',
      details: { found: expect.stringContaining(JSON.stringify(`images/${name}`)) },
    });
  });

  test('endlessly nested folders', async () => {
    await mkdir(here(...new Array<string>(40).fill('d')), { recursive: true });
    await expect(openBundle(here())).rejects.toMatchObject({
      code: 'archive-invalid',
      details: { found: expect.stringContaining('deeper') },
    });
  });
});

test('a file with several hard links is a regular file', async () => {
  await link(here('bundle.json'), here('again.json'));
  expect((await openBundle(here())).entries.has('again.json')).toBe(true);
});
