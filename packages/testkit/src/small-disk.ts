import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Only root may mount; as another user, tests that need a full disk are shown as skipped. */
export const hasSmallDisks = process.getuid?.() === 0;

/** Runs `work` in a folder that is a file system of its own, with room for so many bytes: a multiple of 4096. */
export async function withSmallDisk(
  bytes: number,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'small-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0755`, 'tmpfs', folder]);
  try {
    await work(folder);
  } finally {
    // A test that fails may leave a file open: the disk goes when that is closed.
    await run('umount', ['--lazy', folder]);
    await rm(folder, { recursive: true });
  }
}
