import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import dockerignore from '@balena/dockerignore';
import { ioError } from '@bundle/files';
import { BundleError, systemErrorCode } from '@bundle/format';
import pLimit from 'p-limit';
import type { ContextEntry } from './schema.ts';

const readAtOnce = 16;

/**
 * Lists everything that a build receives from a context folder, in byte order of the paths. `dockerfile` is its path
 * relative to the folder; `<dockerfile>.dockerignore` takes precedence over `.dockerignore`. Sockets, devices and
 * pipes are not sent.
 */
export async function readContext(
  folder: string,
  { dockerfile }: { readonly dockerfile?: string | undefined },
): Promise<ContextEntry[]> {
  const ignored = await ignoreRules(folder, dockerfile);
  const limit = pLimit(readAtOnce);
  const files: Promise<ContextEntry>[] = [];
  const found: ContextEntry[] = [];
  const visit = async (path: string): Promise<void> => {
    const names = await readdir(join(folder, path));
    for (const name of names) {
      const child = path === '' ? name : `${path}/${name}`;
      if (name.includes('\ufffd')) {
        if (ignored(child)) continue;
        throw notUtf8(folder, child);
      }
      const status = await lstat(join(folder, child));
      const mode = status.mode & 0o7777;
      const isLeftOut = ignored(child);
      if (status.isDirectory()) {
        const before = found.length + files.length;
        const place = isLeftOut ? undefined : found.push({ path: child, type: 'directory', mode });
        await visit(child);
        // An ignored folder is sent anyway when a rule re-includes something below it.
        if (place === undefined && found.length + files.length > before)
          found.push({ path: child, type: 'directory', mode });
      } else if (isLeftOut) continue;
      else if (status.isSymbolicLink())
        found.push({
          path: child,
          type: 'symlink',
          mode,
          target: await readlink(join(folder, child)),
        });
      else if (status.isFile())
        files.push(
          limit(async () => ({
            path: child,
            type: 'file' as const,
            mode,
            sha256: await sha256Of(join(folder, child)),
          })),
        );
    }
  };
  try {
    await visit('');
    return [...found, ...(await Promise.all(files))].sort((a, b) => (a.path < b.path ? -1 : 1));
  } catch (error) {
    await Promise.allSettled(files);
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR')
      throw new BundleError('input-unreadable', {
        operation: 'reading the build context',
        subject: folder,
        expected: 'a folder',
        found: 'no folder, or a file that disappeared',
        hint: 'Check the path of the source.',
        cause: error,
      });
    throw ioError(error, 'reading the build context', folder, 'input-unreadable');
  }
}

/**
 * Tells whether a build would receive a file of its context, which need not exist yet; `path` is relative to the
 * folder.
 */
export async function isInContext(
  folder: string,
  dockerfile: string | undefined,
  path: string,
): Promise<boolean> {
  try {
    return !(await ignoreRules(folder, dockerfile))(path);
  } catch (error) {
    throw ioError(error, 'reading the ignore file of', folder, 'input-unreadable');
  }
}

async function ignoreRules(
  folder: string,
  dockerfile: string | undefined,
): Promise<(path: string) => boolean> {
  const candidates = [
    ...(dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`]),
    '.dockerignore',
  ];
  for (const name of candidates) {
    try {
      const text = await readFile(join(folder, name), 'utf8');
      const rules = dockerignore.default({ ignorecase: false }).add(asPatterns(text));
      return (path) => rules.ignores(path);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT' && systemErrorCode(error) !== 'ENOTDIR') throw error;
    }
  }
  return () => false;
}

/** Its bytes are lost, so that it can neither be opened nor listed. */
function notUtf8(folder: string, path: string): BundleError {
  return new BundleError('rebuild-unavailable', {
    operation: 'reading the build context',
    subject: folder,
    expected: 'names in UTF-8',
    found: `the name of ${path} has other bytes`,
    hint: 'Rename the file, or leave it out with .dockerignore.',
  });
}

/** Protects what only the library takes for parts of a pattern; BuildKit compares lines without wildcards as they are. */
function asPatterns(text: string): string {
  return text.replaceAll(/^[^*?[\\\n]+$/gm, (line) => line.replaceAll(/[+()^{}|]/g, '\\$&'));
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
