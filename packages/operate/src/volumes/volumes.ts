import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { Runtime } from '@bundle/engine';
import { ioError, makeFolder, readTextIfThere, syncFolder } from '@bundle/files';
import { BundleError, type OnProgress, reasonOf } from '@bundle/format';
import { privateFolder } from '@bundle/host';
import { z } from 'zod';

const listSchema = z.object({
  schemaVersion: z.literal(1),
  /** Release that ran when the copy was made. */
  release: z.string(),
  volumes: z.array(
    z.object({
      name: z.string(),
      driver: z.string(),
      options: z.record(z.string(), z.string()),
      labels: z.record(z.string(), z.string()),
      file: z.string().regex(/^\d+\.tar\.zst$/),
    }),
  ),
});

const listName = 'volumes.json';

export interface CopyOptions {
  /** Name of an image that is on the engine. */
  readonly image: string;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** `20260101-120000-1.0-abc…`: when, and of which release. */
export function backupId(now: Date, release: string): string {
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return `${stamp}-${release}`;
}

/** Copies all named volumes of a project, whole or not at all; a copy that is there already stays as it is. */
export async function backUpVolumes(
  runtime: Runtime,
  project: string,
  folder: string,
  release: string,
  { image, onProgress, signal }: CopyOptions,
): Promise<void> {
  if ((await readList(folder)) !== undefined) return;
  const partial = `${folder}.partial`;
  try {
    await rm(partial, { recursive: true, force: true });
    await makeFolder(partial, privateFolder);
    const volumes = [];
    for (const [index, volume] of (await runtime.volumes(project)).entries()) {
      const file = `${index + 1}.tar.zst`;
      let doneBytes = 0;
      const archive = await runtime.readVolume(volume, image, signal);
      archive.on('data', (chunk: Buffer) => {
        doneBytes += chunk.length;
        onProgress({ phase: 'copying volumes', doneBytes, detail: volume.name });
      });
      const target = createWriteStream(join(partial, file), { mode: 0o600, flush: true });
      await pipeline(archive, createZstdCompress(), target, { signal });
      volumes.push({ ...volume, file });
    }
    const text = JSON.stringify({ schemaVersion: 1, release, volumes }, undefined, 2);
    const handle = await open(join(partial, listName), 'w', 0o600);
    await handle.writeFile(text);
    await handle.sync();
    await handle.close();
    await rename(partial, folder);
    await syncFolder(join(folder, '..'));
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw ioError(error, 'copying the volumes to', folder, 'state-unwritable');
  }
}

/** Whether there is a whole copy. */
export async function hasBackup(folder: string): Promise<boolean> {
  return (await readList(folder)) !== undefined;
}

/** Puts volumes back as they were. No container may use them; whatever they hold now is gone afterwards. */
export async function restoreVolumes(
  runtime: Runtime,
  folder: string,
  { image, onProgress, signal }: CopyOptions,
): Promise<void> {
  const list = await readList(folder);
  if (list === undefined) throw noBackup(folder);
  for (const { file, ...volume } of list.volumes) {
    onProgress({ phase: 'putting volumes back', doneBytes: 0, detail: volume.name });
    const archive = createReadStream(join(folder, file)).pipe(createZstdDecompress());
    await runtime.replaceVolume(volume, image, archive, signal);
  }
}

async function readList(folder: string): Promise<z.output<typeof listSchema> | undefined> {
  const path = join(folder, listName);
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  try {
    return listSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new BundleError('manifest-invalid', {
      operation: 'reading the copy of the volumes in',
      subject: folder,
      found: reasonOf(error),
      hint: 'Nothing was changed. This copy was altered, or made by a newer command.',
    });
  }
}

export function noBackup(subject: string): BundleError {
  return new BundleError('backup-missing', {
    operation: 'looking for a copy of the volumes for',
    subject,
    expected: 'one that was made before the upgrade, with --backup-volumes',
    found: 'none',
    hint: 'Roll back without --restore-volumes: the volumes stay as they are now.',
  });
}
