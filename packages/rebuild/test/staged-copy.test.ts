import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ContextEntry } from '@bundle/recipe';

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'copy-'));
  await mkdir(join(work, 'tmp'));
  await mkdir(join(work, 'source/sealed'), { recursive: true });
  await writeFile(join(work, 'source/sealed/inside'), 'text');
  for (const path of [work, join(work, 'tmp')]) await chmod(path, 0o777);
});
afterEach(() => rm(work, { recursive: true, force: true }));

const entry = (path: string, mode: number, type: ContextEntry['type'] = 'file') => ({
  path,
  type,
  mode,
});

/** Makes a copy of the source in another process and removes it. Drops root, which ignores file modes. */
async function copied(entries: readonly ContextEntry[]): Promise<string> {
  const module = join(import.meta.dirname, '../src/staged-copy.ts');
  const script = `
    const { stagedCopy } = await import(${JSON.stringify(module)});
    if (process.getuid() === 0) {
      process.setgroups([]);
      process.setgid(65534);
      process.setuid(65534);
    }
    const { lstat, readFile } = await import('node:fs/promises');
    const copy = await stagedCopy(${JSON.stringify(join(work, 'source'))}, ${JSON.stringify(entries)});
    const { mode } = await lstat(copy.path + '/sealed');
    console.log((mode & 0o777).toString(8), await readFile(copy.path + '/sealed/inside', 'utf8'));
    await copy.remove();`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--input-type=module', '-e', script],
    { cwd: '/', env: { TMPDIR: join(work, 'tmp') } },
  );
  return stdout;
}

test('a copy has the given modes, and its read-only folders can be removed', async () => {
  const entries = [entry('sealed', 0o555, 'directory'), entry('sealed/inside', 0o444)];
  expect(await copied(entries)).toBe('555 text\n');
  expect(await readdir(join(work, 'tmp'))).toEqual([]);
});

test('a failed copy leaves nothing behind', async () => {
  await expect(copied([entry('gone', 0o644)])).rejects.toThrow('ENOENT');
  expect(await readdir(join(work, 'tmp'))).toEqual([]);
});
