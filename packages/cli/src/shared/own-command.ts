import { join } from 'node:path';
import { paths, shellWord } from '@bundle/format';
import { ownProgram } from './own-program.ts';

/**
 * Returns the command line to type next with this command. An executable is seldom on the PATH of the host it was
 * brought to. Once a release is staged in `folder`, its own copy is used, so the stick can be removed. The state
 * folder is repeated where an option chose it.
 */
export function ownCommand(
  folder: string | undefined,
  stateDir: string | undefined,
): (words: string) => string {
  const own = ownProgram();
  const executable = folder === undefined ? own : join(folder, paths.runtime);
  const program = own === undefined || executable === undefined ? 'bundle' : shellWord(executable);
  const state = stateDir === undefined ? '' : ` --state-dir ${shellWord(stateDir)}`;
  return (words) => `${program} ${words}${state}`;
}

/** Returns the given options as words of a command line, each with a space before it. */
export function optionWords(
  options: Readonly<Record<string, string | readonly string[] | undefined>>,
): string {
  return Object.entries(options)
    .flatMap(([name, value = []]) => [value].flat().map((one) => ` ${name} ${shellWord(one)}`))
    .join('');
}
