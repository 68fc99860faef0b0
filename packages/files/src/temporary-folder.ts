import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Returns the absolute path of the folder for temporary files: other programs run in other folders than this one. */
export function temporaryRoot(): string {
  return resolve(tmpdir());
}

/** Makes a temporary folder that only this user may enter; its name begins with `prefix`. Returns its absolute path. */
export function makeTemporaryFolder(prefix: string): Promise<string> {
  return mkdtemp(join(temporaryRoot(), prefix));
}
