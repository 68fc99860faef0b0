import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { unzstd } from '@bundle/archive';
import { BundleError, reasonOf } from '@bundle/format';
import type { WorkOptions } from '@bundle/host';
import { readList, type VolumeCopy } from './list.ts';

/** Two blocks of zeros end a tar archive (POSIX.1-1988 ustar). */
const tarEnd = Buffer.alloc(1024);
const tarBlock = 512;

/**
 * Reads every copy in a folder completely and returns their list: only then may a volume be replaced. Fails with
 * `backup-missing`, or with `backup-damaged`, which lists all damaged copies.
 */
export async function checkCopies(
  folder: string,
  { onProgress, signal }: WorkOptions,
): Promise<readonly VolumeCopy[]> {
  const copies = await readList(folder);
  if (copies === undefined) throw noBackup(folder);
  const damages: string[] = [];
  let doneBytes = 0;
  for (const copy of copies) {
    const onBytes = (count: number): void => {
      signal.throwIfAborted();
      doneBytes += count;
      onProgress({ phase: 'checking the copies of volumes', doneBytes, detail: copy.name });
    };
    const damage = await damageOf(join(folder, copy.file), copy, onBytes, signal);
    if (damage !== undefined) damages.push(`${copy.file} (${copy.name}): ${damage}`);
  }
  if (damages.length > 0) throw damaged(folder, damages);
  return copies;
}

/** Describes the damage of a copy; undefined if it is complete. */
async function damageOf(
  path: string,
  { size, sha256 }: VolumeCopy,
  onBytes: (count: number) => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  const hash = createHash('sha256');
  let found = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(path)) {
      found += chunk.length;
      hash.update(chunk);
      onBytes(chunk.length);
      yield chunk;
    }
  };
  let unpacked = 0;
  let end = Buffer.alloc(0);
  try {
    for await (const chunk of unzstd(counted())) {
      unpacked += chunk.length;
      end = Buffer.concat([end, chunk]).subarray(-tarEnd.length);
    }
  } catch (error) {
    signal.throwIfAborted();
    return reasonOf(error);
  }
  if (size !== undefined && found !== size) return `${found} bytes instead of ${size}`;
  if (sha256 !== undefined && hash.digest('hex') !== sha256) return 'its content has changed';
  if (unpacked % tarBlock !== 0 || !end.equals(tarEnd)) return 'its archive has no end';
  return undefined;
}

export function noBackup(subject: string): BundleError {
  return new BundleError('backup-missing', {
    operation: 'looking for a copy of the volumes for',
    subject,
    expected: 'a copy made before the upgrade, with --backup-volumes',
    found: 'none',
    hint: 'Roll back without --restore-volumes: the volumes stay as they are now.',
  });
}

function damaged(folder: string, damages: readonly string[]): BundleError {
  return new BundleError('backup-damaged', {
    operation: 'checking the copy of the volumes in',
    subject: folder,
    expected: 'every file unchanged',
    found: damages.join('\n'),
    hint: 'No volume was changed. Restore the files from a backup of this folder, or roll back without --restore-volumes.',
  });
}
