import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import { unzstd } from '@bundle/archive';
import type { ProjectVolume, Runtime } from '@bundle/engine';
import { ioError, makeFolder, syncFolder } from '@bundle/files';
import { partialFolder, privateFolder, type WorkOptions } from '@bundle/host';
import { checkCopies } from './check.ts';
import { isCopied } from './copied.ts';
import { readList, type VolumeCopy, writeList } from './list.ts';
import { refuseUsed } from './used.ts';

export interface CopyOptions extends WorkOptions {
  /** Name of an image that is on the engine. */
  readonly image: string;
  /** Told of each volume that is passed over. */
  readonly onLine: (line: string) => void;
}

/**
 * Returns the folder name of a copy, with its time and release: `20260101-120000-1.0-abc…`. A second copy in one second
 * gets the name of the next one: under the same name, the first would be taken for it.
 */
export function backupId(now: Date, release: string, taken: readonly string[]): string {
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const id = `${stamp}-${release}`;
  return taken.includes(id) ? backupId(new Date(now.getTime() + 1000), release, taken) : id;
}

/**
 * Copies the named volumes of a project that the engine keeps, completely or not at all; an existing copy stays unchanged.
 */
export async function backUpVolumes(
  runtime: Runtime,
  project: string,
  folder: string,
  release: string,
  options: CopyOptions,
): Promise<void> {
  if (await hasBackup(folder)) return;
  const partial = partialFolder(folder);
  try {
    await rm(partial, { recursive: true, force: true });
    await makeFolder(partial, privateFolder);
    const copies: VolumeCopy[] = [];
    const volumes = copiedOf(await runtime.volumes(project), options);
    for (const [index, volume] of volumes.entries()) {
      const file = `${index + 1}.tar.zst`;
      const written = await copyVolume(runtime, volume, join(partial, file), options);
      copies.push({ ...volume, file, ...written });
    }
    await writeList(partial, release, copies);
    await rename(partial, folder);
    await syncFolder(dirname(folder));
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw ioError(error, 'copying the volumes to', folder, 'state-unwritable');
  }
}

function copiedOf<T extends ProjectVolume>(
  volumes: readonly T[],
  { onLine }: Pick<CopyOptions, 'onLine'>,
): T[] {
  return volumes.filter((volume) => {
    const { name, options } = volume;
    if (isCopied(volume)) return true;
    onLine(`The volume ${name} is neither copied nor restored: it is ${options['device']}`);
    return false;
  });
}

/** Compresses the content of a volume into a file; returns its size and digest. */
async function copyVolume(
  runtime: Runtime,
  volume: ProjectVolume,
  path: string,
  { image, onProgress, signal }: CopyOptions,
): Promise<{ size: number; sha256: string }> {
  const archive = await runtime.readVolume(volume, image, signal);
  const hash = createHash('sha256');
  let doneBytes = 0;
  let size = 0;
  try {
    await pipeline(
      archive,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          doneBytes += chunk.length;
          onProgress({ phase: 'copying volumes', doneBytes, detail: volume.name });
          yield chunk;
        }
      },
      createZstdCompress(),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          size += chunk.length;
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(path, { mode: 0o600, flush: true }),
      { signal },
    );
  } finally {
    // The engine uses the volume until the stream is closed.
    if (!archive.closed) await once(archive, 'close');
  }
  return { size, sha256: hash.digest('hex') };
}

/** Tells whether a folder contains a complete copy. */
export async function hasBackup(folder: string): Promise<boolean> {
  return (await readList(folder)) !== undefined;
}

/**
 * Restores volumes from their copies, after every copy was read completely. Their current content is lost. `before` is
 * called between the checks and the first change; no container of the project may have the volumes after it. Fails with
 * `backup-damaged` or `volume-in-use`, and has then changed nothing.
 */
export async function restoreVolumes(
  runtime: Runtime,
  project: string,
  folder: string,
  options: CopyOptions,
  before: () => Promise<void>,
): Promise<void> {
  // Older commands copied others, too.
  const copies = copiedOf(await checkCopies(folder, options), options);
  await refuseUsed(runtime, project, copies);
  await before();
  const { image, onProgress, signal } = options;
  for (const { file, size: _, sha256: __, ...volume } of copies) {
    onProgress({ phase: 'restoring volumes', doneBytes: 0, detail: volume.name });
    const archive = Readable.from(unzstd(createReadStream(join(folder, file))), {
      objectMode: false,
    });
    await runtime.replaceVolume(volume, image, archive, signal);
  }
}
