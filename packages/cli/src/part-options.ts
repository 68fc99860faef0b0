import type { FindParts } from '@bundle/store';
import type { Command } from 'commander';
import { z } from 'zod';
import { collect } from './command.ts';
import type { Context } from './outcome.ts';

/** Of the commands that read a bundle which may be in parts. */
export const partOptions = z.object({ parts: z.array(z.string().min(1)).optional() });

export function addPartOptions(command: Command): Command {
  return command.option(
    '--parts <dir>',
    'where else parts of a bundle that was split are, repeatable (default: beside the list)',
    collect,
  );
}

/** On a terminal it asks for a part that is not there. */
export function findPartsWith(
  { parts: folders = [] }: z.output<typeof partOptions>,
  { ask }: Pick<Context, 'ask'>,
): FindParts {
  if (ask === undefined) return { folders };
  return {
    folders,
    askFor: (name) => ask(`${name} is not here. Put in its medium, then go on?`),
  };
}
