import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Only root can mount; for other users, tests that need a full disk are skipped. */
export const hasSmallDisks = process.getuid?.() === 0;

/** Runs `work` in a folder that is its own file system with the given number of bytes, a multiple of 4096. */
export async function withSmallDisk(
  bytes: number,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'small-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0755`, 'tmpfs', folder]);
  try {
    await work(folder);
  } finally {
    // A failed test may leave a file open; the disk is removed once that is closed.
    await run('umount', ['--lazy', folder]);
    await rm(folder, { recursive: true });
  }
}
