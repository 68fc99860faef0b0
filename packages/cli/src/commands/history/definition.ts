import type { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { addNameOption, addStateOptions, instanceOptions } from '../../shared/options/host.ts';
import { countOption } from '../../shared/options/values.ts';

const options = instanceOptions.extend({ last: countOption.default(20) });

export type HistoryChoice = z.output<typeof options>;

export const historyCommand = defineCommand({
  name: 'history',
  summary: 'show what was done on this host, by whom and with what outcome',
  description:
    'Shows the log of this host: each import, start, rollback, rebuild, prune and uninstall, with time, user, release, signer and outcome. Each entry holds the digest of the previous one. The whole log is checked each time, and the first entry out of place is named.\n\nAnyone able to write to the state folder can write a new log: compare its last digest with that in an earlier `bundle receipt`.',
  setUp: (command) =>
    addStateOptions(
      addNameOption(command, 'instance to show (default: all of them)').option(
        '--last <number>',
        'number of entries to show, the last ones (default: 20)',
      ),
    ),
  options,
  examples: [
    ['bundle history', 'the last 20 imports, starts and the like'],
    ['bundle history --last 1000 --json', 'for a script'],
  ],
  exitCodes: ['input-unreadable', 'history-damaged'],
  phase: 'reading the log',
  run: async (context, _, chosen) => {
    const { runHistory } = await import('./run.ts');
    return runHistory(context, chosen);
  },
});
