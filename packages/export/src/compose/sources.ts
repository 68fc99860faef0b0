import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { limits, systemErrorCode } from '@bundle/format';
import { ioError } from '@bundle/store';
import type { SourceFacts } from './mounts.ts';
import { insideProject } from './mounts.ts';

/** A regular file below a mount's source; links are followed when they stay in the project. */
export interface SourceFile {
  readonly file: string;
  readonly executable: boolean;
}

/** Looks at a mount's source: what it is, and every file below it, sorted. */
export async function readSource(
  source: string,
  projectDir: string,
): Promise<{ facts: SourceFacts; files: SourceFile[] }> {
  const files: SourceFile[] = [];
  let bytes = 0;
  let other = false;
  const visit = async (path: string): Promise<void> => {
    // Beyond the limit it is data whatever else it holds.
    if (files.length > limits.maxConfigFiles) return;
    const link = await lstat(path);
    if (link.isSymbolicLink() && insideProject(projectDir, await realpath(path)) === undefined)
      return;
    const found = await stat(path);
    if (found.isDirectory() && !link.isSymbolicLink()) {
      for (const name of (await readdir(path)).sort()) await visit(join(path, name));
    } else if (found.isFile()) {
      bytes += found.size;
      files.push({ file: path, executable: (found.mode & 0o111) !== 0 });
    } else {
      other = true;
    }
  };
  try {
    const top = await stat(source);
    if (!top.isFile() && !top.isDirectory()) return none('other');
    if (insideProject(projectDir, source) !== undefined) await visit(source);
    const type = top.isDirectory() ? 'folder' : other ? 'other' : 'file';
    const hasDockerfile = files.some(({ file }) => file === join(source, 'Dockerfile'));
    return { facts: { type, bytes, files: files.length, hasDockerfile }, files };
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return none('absent');
    throw ioError(error, 'reading', source, 'input-unreadable');
  }
}

function none(type: 'absent' | 'other'): { facts: SourceFacts; files: SourceFile[] } {
  return { facts: { type, bytes: 0, files: 0, hasDockerfile: false }, files: [] };
}
