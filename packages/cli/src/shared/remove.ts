import type { RemoveOptions, RemoveReport, Tools } from '@bundle/operate';
import type { Context, Outcome } from '../outcome.ts';
import { stateFolder } from './folders.ts';
import type { RemovalChoice } from './options/removal.ts';
import { removedText, removePlanText } from './render/removal.ts';
import { visible } from './terminal/escape.ts';
import { openTools } from './tools.ts';

/** Runs `work`, which shows its plan and asks before it removes anything. */
export async function remove(
  context: Context,
  options: RemovalChoice,
  work: (tools: Tools, options: RemoveOptions) => Promise<RemoveReport>,
): Promise<Outcome> {
  const { env, say, ask, signal, colours, stderrColours } = context;
  const stateDir = stateFolder(options.stateDir, context);
  const report = await work(await openTools(options, stateDir, env), {
    stateDir,
    ...(options.name === undefined ? {} : { name: options.name }),
    dryRun: options.dryRun,
    confirm: async (plan) => {
      say(removePlanText(plan, stderrColours));
      return ask === undefined || ask('Remove this?');
    },
    onLine: (line) => say(`  ${visible(line)}`),
    onUnrecorded: context.onUnrecorded,
    signal,
  });
  return { json: report, text: removedText(report, colours) };
}
