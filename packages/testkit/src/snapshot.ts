import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Lists every path below a folder in order, with what is there: mode and digest, `folder`, or the target of a link. */
export async function snapshot(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of (await readdir(folder, { recursive: true })).sort()) {
    found[path] = await describe(join(folder, path));
  }
  return found;
}

async function describe(path: string): Promise<string> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) return `link to ${await readlink(path)}`;
  if (stat.isDirectory()) return 'folder';
  if (!stat.isFile()) return 'neither file nor folder';
  const hash = createHash('sha256').update(await readFile(path));
  return `${(stat.mode & 0o777).toString(8)} ${hash.digest('hex')}`;
}
