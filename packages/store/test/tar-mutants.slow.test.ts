import { execFile, execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mutateTar, numbersFrom } from '@bundle/testkit';
import { indexTar } from '../src/tar-index.ts';
import { createTarWriter } from '../src/tar-writer.ts';
import { digestOf, testFolder } from './folder.ts';

const run = promisify(execFile);
const here = testFolder();
const onGnuTar = isGnuTar() ? test : test.skip;
const rounds = 400;

function isGnuTar(): boolean {
  try {
    return execFileSync('tar', ['--version'], { encoding: 'utf8' }).includes('GNU tar');
  } catch {
    return false;
  }
}

async function sample(): Promise<Buffer> {
  const mtime = new Date('2026-01-01T00:00:00Z');
  const writer = await createTarWriter({ output: here('app'), headBytes: 8192, mtime });
  for (const blob of [Buffer.alloc(700, 'a'), Buffer.alloc(512, 'b'), Buffer.alloc(1)]) {
    await writer.appendToBlob(blob);
    await writer.endBlob(digestOf(blob), blob.length);
  }
  const names = ['配置/应用 设置.conf', `${'长'.repeat(80)}/é`];
  const head = ['bundle.json', 'checksums.sha256', 'README.txt', 'a/b/c.conf', ...names].map(
    (path) => ({
      path,
      bytes: Buffer.from(path),
      executable: path === 'README.txt',
    }),
  );
  await writer.finish(head, { onProgress: () => undefined, signal: new AbortController().signal });
  return readFile(here('app'));
}

async function listedByTar(file: string): Promise<unknown> {
  const env = { ...process.env, LC_ALL: 'C' };
  const { stdout, stderr } = await run(
    'tar',
    ['--numeric-owner', '--quoting-style=literal', '-tvf', file],
    { env },
  );
  const entries = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, size, path] = /^\S+ +\S+ +(\d+) \S+ \S+ (.*)$/.exec(line) ?? [];
      return [path, Number(size)];
    });
  return { entries, stderr };
}

onGnuTar(
  `of ${rounds} changed archives, GNU tar lists all accepted ones in the same way`,
  async () => {
    const archive = await sample();
    const seed = Number(process.env['BUNDLE_TEST_SEED'] ?? 1);
    let accepted = 0;
    for (let round = 0; round < rounds; round++) {
      const mutant = mutateTar(archive, numbersFrom(seed * 1000 + round));
      const file = join(here(), 'mutant.tar');
      await writeFile(file, mutant);
      const entries = await indexTar(file).catch(() => undefined);
      if (entries === undefined) continue;
      accepted++;
      const own = [...entries].map(([path, { size }]) => [path, size]);
      const listed = await listedByTar(file).catch((error: unknown) => String(error));
      expect({ seed, round, listed }).toEqual({
        seed,
        round,
        listed: { entries: own, stderr: '' },
      });
    }
    expect(accepted).toBeGreaterThan(rounds / 20);
  },
);
