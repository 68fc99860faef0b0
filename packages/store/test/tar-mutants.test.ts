import { execFile, execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
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

/** Returns a generator of numbers below `limit` from a seed (mulberry32). */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
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

function headersIn(archive: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at < archive.length; at += 512) {
    if (archive.toString('latin1', at + 257, at + 262) === 'ustar') found.push(at);
  }
  return found;
}

/** Fields of a ustar header: offset and length of each. */
const fields = [
  [0, 100],
  [100, 8],
  [108, 8],
  [116, 8],
  [124, 12],
  [136, 12],
  [148, 8],
  [156, 1],
  [157, 100],
  [257, 6],
  [263, 2],
  [265, 32],
  [297, 32],
  [329, 8],
  [337, 8],
  [345, 155],
  [500, 12],
] as const;
const likely = [0, 0x20, 0x2d, 0x2f, 0x30, 0x31, 0x37, 0x38, 0x61, 0x78, 0x80, 0xff];

/** Changes a few bytes of a header or anything else, and usually corrects the header's checksum. */
function mutate(archive: Buffer, next: (limit: number) => number): Buffer {
  const mutant = Buffer.from(archive);
  const headers = headersIn(archive);
  const header = headers[next(headers.length)] ?? 0;
  const [start, length] = fields[next(fields.length)] ?? [0, 1];
  if (next(8) === 0) {
    mutant[next(mutant.length)] = likely[next(likely.length)] ?? 0;
    return mutant;
  }
  if (next(5) === 0)
    mutant.fill(likely[next(likely.length)] ?? 0, header + start, header + start + length);
  for (let count = 1 + next(3); count > 0; count--) {
    mutant[header + start + next(length)] =
      next(4) === 0 ? next(256) : (likely[next(likely.length)] ?? 0);
  }
  if (start !== 148 && next(10) > 0) {
    mutant.fill(' ', header + 148, header + 156);
    const sum = mutant.subarray(header, header + 512).reduce((total, byte) => total + byte, 0);
    mutant.write(`${sum.toString(8).padStart(6, '0')}\0 `, header + 148, 'latin1');
  }
  return mutant;
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
      const mutant = mutate(archive, numbers(seed * 1000 + round));
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
