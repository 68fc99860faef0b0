import { join } from 'node:path';
import { isSea } from 'node:sea';
import { paths, shellWord } from '@bundle/format';

/**
 * What to type to go on with this command. An executable is seldom on the PATH of the host that it was carried to; once a
 * release is staged in `folder` its own copy stays, and the stick may go. Options that led to the state folder have to be
 * given again.
 */
export function ownCommand(
  folder: string | undefined,
  stateDir: string | undefined,
): (words: string) => string {
  const executable = folder === undefined ? process.execPath : join(folder, paths.runtime);
  const program = isSea() ? shellWord(executable) : 'bundle';
  const state = stateDir === undefined ? '' : ` --state-dir ${shellWord(stateDir)}`;
  return (words) => `${program} ${words}${state}`;
}
