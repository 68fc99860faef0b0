import { createComposeTool } from '@bundle/engine/compose-cli';
import { defined } from '@bundle/format';
import { carriedPlugin } from '@bundle/host';
import { preflight } from '@bundle/import';
import type { Context, Outcome } from '../../outcome.ts';
import { openChosenEngine } from '../../shared/engine.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import { stateFolder } from '../../shared/folders.ts';
import { givenSettings } from '../../shared/settings.ts';
import { composeLookup } from '../../shared/tools.ts';
import type { PreflightChoice } from './definition.ts';
import { preflightOutcome } from './render.ts';

/** Runs `bundle preflight`, which changes nothing. */
export async function runPreflight(
  context: Context,
  given: string,
  options: PreflightChoice,
): Promise<Outcome> {
  const { env, colours } = context;
  const { dockerHost, name, ignore } = options;
  const engine = await openChosenEngine(options, env);
  const folder = stateFolder(options.stateDir, context);
  const bundle = await findBundle(given);
  const report = await preflight(engine, bundle, folder, {
    find: findPartsWith(options, context),
    composeTool: createComposeTool({
      dockerHost,
      env,
      carried: () => carriedPlugin(folder, 'compose'),
    }),
    given: await givenSettings(context, options),
    lookup: composeLookup(env),
    canAsk: context.askText !== undefined,
    name,
    ...defined({ channel: options.channel }),
    allowOlder: options.allowOlder,
    ignore,
    warnOnly: [],
  });
  return preflightOutcome(bundle, report, colours);
}
