import { normalize } from 'node:path';
import { isSea } from 'node:sea';

/**
 * Returns the file that is this command: the executable as a bundle carries it, not the program that it unpacked.
 * Undefined in a checkout.
 */
export function ownProgram(): string | undefined {
  return isSea() ? normalize(process.argv[1] ?? process.execPath) : undefined;
}
