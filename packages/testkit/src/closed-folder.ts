import { chmod, mkdir } from 'node:fs/promises';

/** A user without rights, in every system. */
const nobody = 65_534;

/** Makes a folder into which only root can look, and runs `work` as a user who is not root. */
export async function behindClosedDoors(folder: string, work: () => Promise<void>): Promise<void> {
  await mkdir(folder, { mode: 0o000 });
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(nobody);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
    await chmod(folder, 0o700);
  }
}
