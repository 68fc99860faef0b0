import { join } from 'node:path';
import { isSea } from 'node:sea';
import { paths, shellWord } from '@bundle/format';

/**
 * Returns the command line to type next with this command. An executable is seldom on the PATH of the host it was
 * brought to. Once a release is staged in `folder`, its own copy is used, so the stick can be removed. The state
 * folder is repeated where an option chose it.
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
