import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ResolvedProject } from '@bundle/compose';
import { ioError, isThere, makeFolder } from '@bundle/files';
import { systemErrorCode } from '@bundle/format';
import { privateFolder } from '@bundle/host';
import { writePrivate } from '../settings/settings-files.ts';

/** A file of a release that a service mounts, by a path that is the same as long as the file is. */
export interface StableMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/**
 * Compose recreates a container when the path of a mount changes, and each release has a folder of its own. So files
 * that are mounted are copied to `FILES/DIGEST/NAME`: a service whose image and files stay the same is not touched by
 * an upgrade. Folders are mounted as they are: what a service writes there has to stay where it is.
 */
export async function stableMounts(
  { services }: ResolvedProject,
  releaseFolder: string,
  filesFolder: string,
): Promise<Map<string, StableMount[]>> {
  const found = new Map<string, StableMount[]>();
  for (const [service, { volumes }] of Object.entries(services)) {
    const mounts: StableMount[] = [];
    for (const { type, source = '', target, read_only } of volumes ?? []) {
      if (type !== 'bind' || !source.startsWith(`${releaseFolder}/`)) continue;
      const copy = await copyOf(source, filesFolder);
      if (copy !== undefined) mounts.push({ source: copy, target, readOnly: read_only === true });
    }
    if (mounts.length > 0) found.set(service, mounts);
  }
  return found;
}

/** Undefined for anything but a regular file. */
async function copyOf(file: string, filesFolder: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(file);
    const content = await readFile(file);
    const permissions = mode & 0o777;
    const hash = createHash('sha256').update(`${permissions}\n`).update(content).digest('hex');
    const copy = join(filesFolder, hash.slice(0, 16), basename(file));
    if (await isThere(copy)) return copy;
    await makeFolder(dirname(copy), privateFolder);
    await writePrivate(copy, content, permissions);
    return copy;
  } catch (error) {
    if (['EISDIR', 'ENOENT'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw ioError(error, 'reading', file, 'input-unreadable');
  }
}
