import type { FindParts } from '@bundle/store';
import type { Command } from 'commander';
import { z } from 'zod';
import { collect } from '../../command.ts';
import type { Context } from '../../outcome.ts';
import { toBundleError } from '../render/error.ts';
import { visible } from '../terminal/escape.ts';

/** Of the commands that read a bundle which may be in parts. */
export const partOptions = z.object({ parts: z.array(z.string().min(1)).optional() });

export function addPartOptions(command: Command): Command {
  return command.option(
    '--parts <dir>',
    'where else parts of a bundle that was split are, repeatable (default: beside the list)',
    collect,
  );
}

/** On a terminal it asks for the medium of a part that is not there. */
export function findPartsWith(
  { parts: folders = [] }: z.output<typeof partOptions>,
  { askText, say, onProgress, signal }: Context,
): FindParts {
  const look = { folders, onProgress, signal };
  if (askText === undefined) return look;
  return {
    ...look,
    askFor: async (name, found) => {
      if (found !== undefined) say(visible(found));
      const question = `Insert the medium with ${visible(name)} and press Enter (q to stop)`;
      try {
        const answer = await askText(question, { secret: false, mayBeEmpty: true });
        return !/^\s*q(uit)?\s*$/i.test(answer);
      } catch (error) {
        throw toBundleError(error, signal.aborted);
      }
    },
  };
}
