import { readFile, stat } from 'node:fs/promises';
import { BundleError, limits, systemErrorCode } from '@bundle/format';
import { ioError } from './io-error.ts';

/** A text file of bounded size, or undefined when it is not there. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    if (size > limits.maxTextFileBytes) throw tooLarge(file, size);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'reading', file, 'input-unreadable');
  }
}

function tooLarge(file: string, size: number): BundleError {
  return new BundleError('input-unreadable', {
    operation: 'reading',
    subject: file,
    expected: `at most ${limits.maxTextFileBytes} bytes`,
    found: `${size} bytes`,
    hint: 'A file of this kind is written by hand and far smaller: check that it is the right one.',
  });
}
