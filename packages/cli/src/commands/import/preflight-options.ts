import { createComposeTool } from '@bundle/engine/compose-cli';
import { carriedPlugin } from '@bundle/host';
import { type ImportOptions, startChecks } from '@bundle/import';
import type { Context } from '../../outcome.ts';
import { composeLookup } from '../../shared/tools.ts';
import { checksText } from '../preflight/render.ts';
import type { ImportChoice } from './definition.ts';

/** Returns the options of the preflight. */
export function preflightOptions(
  context: Context,
  options: ImportChoice,
  stateDir: string,
  given: Readonly<Record<string, string>>,
): Awaited<ReturnType<NonNullable<ImportOptions['preflight']>>> {
  const { env, say, stderrColours } = context;
  return {
    composeTool: createComposeTool({
      dockerHost: options.dockerHost,
      env,
      carried: () => carriedPlugin(stateDir, 'compose'),
    }),
    given,
    lookup: composeLookup(env),
    canAsk: context.askText !== undefined,
    name: options.name,
    ignore: options.ignore,
    warnOnly: options.up ? ['settings'] : startChecks,
    onChecks: (checks) => {
      // The error has those that stop the import; a start asks for missing settings itself.
      const shown = checks.filter(
        ({ name, result, ignored }) =>
          (result === 'warn' || ignored === true) && !(options.up && name === 'settings'),
      );
      if (shown.length > 0) say(checksText(shown, stderrColours));
    },
  };
}
