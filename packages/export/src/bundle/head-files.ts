import { readFile } from 'node:fs/promises';
import { compressFile } from '@bundle/archive';
import { ioError } from '@bundle/files';
import { fileBytes, type HeadFile, measureBytes } from '@bundle/store';
import type { PlannedFile } from '../application/application.ts';
import type { RuntimeFile } from '../export-options.ts';
import { textFile } from './text-file.ts';

/** The contents of planned files. Fails with `input-unreadable`. */
export async function readFiles(planned: readonly PlannedFile[]): Promise<HeadFile[]> {
  const files: HeadFile[] = [];
  for (const { path, content, executable } of planned) {
    try {
      const bytes = 'text' in content ? Buffer.from(content.text) : await readFile(content.file);
      files.push({ path, bytes, executable });
    } catch (error) {
      throw ioError(error, 'reading', 'file' in content ? content.file : path, 'input-unreadable');
    }
  }
  return files;
}

/** Programs, which are large: they are read, and compressed, again when they are written. Fails with `input-unreadable`. */
export async function readRuntimes(runtimes: readonly RuntimeFile[]): Promise<HeadFile[]> {
  const files: HeadFile[] = [];
  for (const one of runtimes) {
    if ('text' in one) {
      files.push(textFile(one.path, one.text));
      continue;
    }
    const { path, file, compressed } = one;
    try {
      files.push(
        compressed
          ? { path, bytes: await measureBytes(() => compressFile(file)), executable: false }
          : { path, bytes: await fileBytes(file), executable: true },
      );
    } catch (error) {
      throw ioError(error, 'reading', file, 'input-unreadable');
    }
  }
  return files;
}
