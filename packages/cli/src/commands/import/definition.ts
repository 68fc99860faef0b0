import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { startCodes, verifyingCodes } from '../../shared/exit-codes.ts';
import {
  addBundleArgument,
  ignoredChecks,
  ignoreOption,
  partOptions,
} from '../../shared/options/bundle.ts';
import { addEngineOptions, operateOptions } from '../../shared/options/host.ts';
import { addStartOptions, startOptions } from '../../shared/options/start.ts';

const options = operateOptions
  .extend(startOptions.shape)
  .extend(partOptions.shape)
  .extend({
    up: z.boolean().default(false),
    ignore: ignoredChecks,
    dryRun: z.boolean().default(false),
  });

export type ImportChoice = z.output<typeof options>;

export const importCommand = defineCommand({
  name: 'import',
  summary: 'load a bundle into the engine of this host',
  description: `Looks at the host first (as bundle preflight does), verifies a bundle, loads the images that the engine lacks, checks what arrived, puts the release's files into the state folder and says how to start the application. Needs no network. With --up it starts it too, and goes back by itself to what ran before if it does not get healthy: \`bundle up\` does the same later.

On a terminal it asks before the engine is changed; --yes, --json and a run without a terminal never ask.`,
  setUp: (command) =>
    addEngineOptions(
      addStartOptions(
        addBundleArgument(command)
          .option('--up', 'start the release, or upgrade to it; the options below are for this')
          .option(
            '--name <name>',
            'another name than the product: a second instance beside the first',
          )
          .option(
            '--state-dir <path>',
            'state folder (also: BUNDLE_STATE_DIR; default: /var/lib/bundle as root, else $XDG_STATE_HOME/bundle)',
          )
          .option('-y, --yes', 'do not ask')
          .addOption(ignoreOption())
          .option('--dry-run', 'verify and show what would be loaded; change nothing'),
      ),
    ),
  options,
  examples: [
    ['bundle import /media/stick/shop.tar', 'verify, ask, load'],
    ['bundle import shop.tar --yes --state-dir /srv/bundle', 'from a script'],
    ['bundle import shop.tar --up --probe http://127.0.0.1/', 'from the stick to a page'],
    ['bundle import shop.tar --up --name shop-test --set HTTP_PORT=8081', 'a second instance'],
    ['bundle import shop.tar --dry-run', 'what would be loaded here'],
  ],
  exitCodes: [
    ...new Set([...verifyingCodes, ...startCodes]),
    'platform-mismatch',
    'load-mismatch',
    'preflight-failed',
    'base-missing',
  ],
  run: async (context, [bundle = ''], chosen) => {
    const { runImport } = await import('./run.ts');
    return runImport(context, bundle, chosen);
  },
});
