import type { FindParts } from '@bundle/store';
import type { Context } from '../outcome.ts';
import type { PartChoice } from './options/bundle.ts';
import { toBundleError } from './render/error.ts';
import { visible } from './terminal/escape.ts';
import { t } from './text/text.ts';

/** Returns where the parts of a split bundle are; on a terminal it asks for the medium of a missing part. */
export function findPartsWith(
  { parts: folders = [] }: PartChoice,
  { askText, say, onProgress, signal }: Context,
): FindParts {
  const look = { folders, onProgress, signal };
  if (askText === undefined) return look;
  return {
    ...look,
    askFor: async (name, found) => {
      if (found !== undefined) say(visible(found));
      const question = t`Insert the medium with ${visible(name)} and press Enter (q to stop)`;
      try {
        const answer = await askText(question, { secret: false, mayBeEmpty: true });
        return !/^\s*q(uit)?\s*$/i.test(answer);
      } catch (error) {
        throw toBundleError(error, signal.aborted);
      }
    },
  };
}
