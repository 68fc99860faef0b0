import { findVanished, prune, pruneVanished, type VanishedPlan } from '@bundle/operate';
import type { Context, Outcome } from '../../outcome.ts';
import { openChosenEngine } from '../../shared/engine.ts';
import { remove } from '../../shared/remove.ts';
import type { PruneOptions } from './definition.ts';
import { vanishedHint, vanishedPlanText, vanishedText } from './render.ts';

/** Runs `bundle prune`: removes old releases, or what deleted state folders left on the engine. */
export async function runPrune(context: Context, options: PruneOptions): Promise<Outcome> {
  const { keep } = options;
  if (options.vanished) return removeVanished(context, options);
  const outcome = await remove(context, options, (tools, asked) =>
    prune(tools, { ...asked, keep }),
  );
  const left = await findVanished(await openChosenEngine(options, context.env));
  return left.instances.length === 0 ? outcome : { ...outcome, words: vanishedHint(left) };
}

async function removeVanished(context: Context, options: PruneOptions): Promise<Outcome> {
  const { env, say, ask, colours, stderrColours } = context;
  const confirm = async (plan: VanishedPlan): Promise<boolean> => {
    say(vanishedPlanText(plan, stderrColours));
    return ask === undefined || ask('Remove this?');
  };
  const report = await pruneVanished(await openChosenEngine(options, env), options.dryRun, confirm);
  return { json: report, text: vanishedText(report, colours) };
}
