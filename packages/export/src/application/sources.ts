import type { Dirent } from 'node:fs';
import { lstat, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isAtOrBelow } from '@bundle/compose';
import { ioError } from '@bundle/files';
import { defined, limits, type mountContents, systemErrorCode } from '@bundle/format';
import { kindOfFile } from './file-kinds.ts';
import type { SourceFacts } from './mount-rules.ts';

/** A regular file below a mount's source. */
export interface SourceFile {
  /** Absolute path in the project, with symbolic links not resolved. */
  readonly file: string;
  readonly executable: boolean;
  readonly isPrivateKey: boolean;
}

export interface Source {
  readonly facts: SourceFacts;
  readonly files: readonly SourceFile[];
  /** Entries that must never be packed: env files, links that lead outside the project, sockets. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

export interface SourceRules {
  /** Folder of the project; links may lead anywhere inside it. */
  readonly root: string;
  /**
   * Returns the reason to withhold a file with values of this site. Called with the path as written and with its link
   * target.
   */
  readonly withheldReason: (file: string) => string | undefined;
  /** Paths below the source that are decided separately. */
  readonly apart: ReadonlySet<string>;
  /**
   * Whether to stop once the source exceeds the limits of configuration; `facts` then say so, and the list of files is
   * incomplete.
   */
  readonly upToConfiguration: boolean;
}

/** Reads the type of a file or folder of the project and lists every file below it, sorted. */
export async function readSource(source: string, rules: SourceRules): Promise<Source> {
  const root = await realpath(rules.root);
  const files: SourceFile[] = [];
  const skipped: { file: string; reason: string }[] = [];
  let bytes = 0;
  let written: string | undefined;

  const visitFile = async (file: string, real: string): Promise<void> => {
    const reason = rules.withheldReason(file) ?? rules.withheldReason(real);
    if (reason !== undefined) {
      skipped.push({ file, reason });
      return;
    }
    const { mode, size } = await stat(real);
    bytes += size;
    const kind = await kindOfFile(real);
    if (kind.isWritten) written ??= basename(file);
    files.push({ file, executable: (mode & 0o111) !== 0, isPrivateKey: kind.isPrivateKey });
  };

  const visit = async (file: string, found: Found, parents: readonly string[]): Promise<void> => {
    // Anything beyond the limits is data, whatever else it holds.
    if (rules.upToConfiguration && isTooMuch(files.length, bytes)) return;
    if (file !== source && rules.apart.has(file)) return;
    if (found.kind === 'file') await visitFile(file, found.real);
    if (found.kind === 'refused') skipped.push({ file, reason: found.reason });
    if (found.kind === 'folder' && !parents.includes(found.real)) {
      const entries = await readdir(found.real, { withFileTypes: true });
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const inside = join(file, entry.name);
        if (entry.name.includes('\ufffd')) {
          // Its name is not UTF-8, so it cannot be opened by this name, and no bundle can contain it.
          files.push({ file: inside, executable: false, isPrivateKey: false });
          continue;
        }
        // Only links need resolving, which is the slowest step.
        const known = kindOfEntry(entry, found.real) ?? (await kindOf(inside, root));
        await visit(inside, known, [...parents, found.real]);
      }
    }
  };

  try {
    const found = await kindOf(source, root);
    await visit(source, found, []);
    const { kind } = found;
    const type = kind === 'refused' ? 'special' : kind;
    const hasDockerfile = files.some(({ file }) => file === join(source, 'Dockerfile'));
    return {
      facts: { type, bytes, files: files.length, hasDockerfile, ...defined({ written }) },
      files,
      skipped,
    };
  } catch (error) {
    throw ioError(error, 'reading', source, 'input-unreadable');
  }
}

/**
 * Tells what is at a mount's source, as far as it matters for a start. A folder that cannot be listed counts as
 * non-empty.
 */
export async function contentsOf(source: string): Promise<(typeof mountContents)[number]> {
  try {
    if (!(await stat(source)).isDirectory()) return 'file';
    return (await readdir(source)).length === 0 ? 'empty' : 'folder';
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemErrorCode(error) ?? '')) return 'nothing';
    if (systemErrorCode(error) === 'EACCES') return 'folder';
    throw ioError(error, 'reading', source, 'input-unreadable');
  }
}

type Found =
  | { readonly kind: 'file' | 'folder'; readonly real: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'missing' };

/** Returns a regular file or folder inside a resolved folder; undefined for links and special files. */
function kindOfEntry(entry: Dirent, folder: string): Found | undefined {
  const real = join(folder, entry.name);
  if (entry.isFile()) return { kind: 'file', real };
  return entry.isDirectory() ? { kind: 'folder', real } : undefined;
}

/** Resolves a path. Links are followed as long as they stay in the project. */
async function kindOf(file: string, root: string): Promise<Found> {
  const real = await realpathOf(file);
  if (real === undefined) {
    const link = await readlinkOf(file);
    if (link === undefined) return { kind: 'missing' };
    return { kind: 'refused', reason: `a symbolic link to ${link}, which is not there` };
  }
  if (!isAtOrBelow(real, root)) {
    const link = await readlinkOf(file);
    return {
      kind: 'refused',
      reason: `a symbolic link out of the project${link === undefined ? '' : `, to ${link}`}`,
    };
  }
  const found = await lstat(real);
  if (found.isFile()) return { kind: 'file', real };
  if (found.isDirectory()) return { kind: 'folder', real };
  return { kind: 'refused', reason: 'a socket or device of this host' };
}

async function realpathOf(file: string): Promise<string | undefined> {
  try {
    return await realpath(file);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}

async function readlinkOf(file: string): Promise<string | undefined> {
  try {
    return await readlink(file);
  } catch {
    return undefined;
  }
}

function isTooMuch(files: number, bytes: number): boolean {
  return files > limits.maxConfigFiles || bytes > limits.maxConfigFileBytes;
}

/** Tells whether a missing path looks like a file rather than a folder. */
export function looksLikeFile(path: string): boolean {
  const name = basename(path);
  return (/[^.]\.[A-Za-z0-9]+$/.test(name) && !name.endsWith('.d')) || /file$/i.test(name);
}
