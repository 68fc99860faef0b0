import { createReadStream, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { ioError } from '@bundle/files';
import type { OnProgress } from '@bundle/format';
import { fileBytes, type HeadFile, measureBytes } from '@bundle/store';
import type { PlannedFile } from '../application/application.ts';
import type { RuntimeFile } from '../export-options.ts';
import { textFile } from './text-file.ts';

/** Limits of a single file in memory, and of all files in memory together; others are read again when written. */
const maxHeldFileBytes = 1024 * 1024;
const maxHeldBytes = 32 * 1024 * 1024;

/**
 * Reads planned files. Large ones are only hashed, and read again when they are written. Fails with `input-unreadable`.
 */
export async function readFiles(
  planned: readonly PlannedFile[],
  { onProgress, signal }: ReadFilesOptions,
): Promise<HeadFile[]> {
  const files: HeadFile[] = [];
  let held = 0;
  let doneBytes = 0;
  for (const { path, content, executable } of planned) {
    if ('text' in content) {
      files.push({ ...textFile(path, content.text), executable });
      continue;
    }
    const { file } = content;
    const report = (count: number): void => {
      signal.throwIfAborted();
      doneBytes += count;
      onProgress({ phase: 'reading files', doneBytes, detail: path });
    };
    report(0);
    try {
      const { size } = await stat(file);
      const isHeld = size <= maxHeldFileBytes && held + size <= maxHeldBytes;
      const bytes = isHeld
        ? await readFile(file)
        : await measureBytes(() => contentOf(file, report));
      if (isHeld) held += bytes.length;
      files.push({ path, bytes, executable });
    } catch (error) {
      throw ioError(error, 'reading', file, 'input-unreadable');
    }
  }
  return files;
}

export interface ReadFilesOptions {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/**
 * Reads a file. A failure while the bundle is written is reported as an unreadable file of the application, not of the
 * bundle.
 */
async function* contentOf(file: string, report: (count: number) => void): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: maxHeldFileBytes })) {
      report(chunk.length);
      yield chunk;
    }
  } catch (error) {
    throw ioError(error, 'reading', file, 'input-unreadable');
  }
}

/** Returns the current size of the planned files in bytes. Fails with `input-unreadable`. */
export async function sizeOfFiles(planned: readonly PlannedFile[]): Promise<number> {
  let bytes = 0;
  for (const { content } of planned) {
    if ('text' in content) bytes += Buffer.byteLength(content.text);
    else bytes += (await statOf(content.file)).size;
  }
  return bytes;
}

async function statOf(file: string): Promise<Stats> {
  try {
    return await stat(file);
  } catch (error) {
    throw ioError(error, 'reading', file, 'input-unreadable');
  }
}

/** Hashes programs. They are large, so they are read again when they are written. Fails with `input-unreadable`. */
export async function readRuntimes(runtimes: readonly RuntimeFile[]): Promise<HeadFile[]> {
  const files: HeadFile[] = [];
  for (const one of runtimes) {
    const { path } = one;
    if ('bytes' in one) {
      files.push({ path, bytes: one.bytes, executable: false });
      continue;
    }
    try {
      files.push({ path, bytes: await fileBytes(one.program), executable: true });
    } catch (error) {
      throw ioError(error, 'reading', one.program, 'input-unreadable');
    }
  }
  return files;
}
