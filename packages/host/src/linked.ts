import { link } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '@bundle/files';
import { systemErrorCode } from '@bundle/format';

/** Errors of a file system that has no links, or not between these two files. */
const noLink = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Links a file to another path, whose folder it makes. Returns false if the file system has no such links. */
export async function linked(file: string, target: string): Promise<boolean> {
  await makeFolder(dirname(target));
  try {
    await link(file, target);
    return true;
  } catch (error) {
    if (noLink.has(systemErrorCode(error) ?? '')) return false;
    throw error;
  }
}
