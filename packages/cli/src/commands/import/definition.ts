import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { importCodes } from '../../shared/exit-codes.ts';
import {
  addBundleArgument,
  ignoredChecks,
  ignoreOption,
  partOptions,
  theOnlyBundle,
} from '../../shared/options/bundle.ts';
import { addEngineOptions, addNameOption, operateOptions } from '../../shared/options/host.ts';
import { addOrderOptions, orderOptions } from '../../shared/options/order.ts';
import { addStartOptions, startOptions } from '../../shared/options/start.ts';
import { addIdentityOption, identityOptions } from '../../shared/options/trust.ts';

// Spread, since each call of `extend` makes all of it again.
const options = z.object({
  ...operateOptions.shape,
  ...startOptions.shape,
  ...identityOptions.shape,
  ...orderOptions.shape,
  ...partOptions.shape,
  up: z.boolean().default(false),
  partial: z.boolean().optional(),
  ignore: ignoredChecks,
  dryRun: z.boolean().default(false),
});

export type ImportChoice = z.output<typeof options>;

export const importCommand = defineCommand({
  name: 'import',
  summary: 'load a bundle into the engine of this host',
  description: `Checks the host first (like \`bundle preflight\`), verifies the bundle, loads the images missing on the engine, checks them on arrival and stages the release in the state folder. Needs no network. With --up it also starts the release, and rolls back automatically if the release does not become healthy; \`bundle up\` does the same later. A bundle older than the newest one this host has imported is refused.

On a terminal it asks before it changes the engine. It never asks with --yes, with --json or without a terminal.`,
  setUp: (command) =>
    addEngineOptions(
      addStartOptions(
        addNameOption(
          addOrderOptions(addIdentityOption(addBundleArgument(command))).option(
            '--up',
            'start the release, or upgrade to it; with the options below',
          ),
          'name of the instance, for a second one beside the first (default: the product)',
        )
          .option(
            '--state-dir <path>',
            'state folder (also: BUNDLE_STATE_DIR; default: /var/lib/bundle as root, else $XDG_STATE_HOME/bundle)',
          )
          .option('-y, --yes', 'do not ask')
          .addOption(ignoreOption())
          .option('--partial', 'accept a bundle without the layers and programs of this host')
          .option('--dry-run', 'verify and show what would be loaded; change nothing'),
      ),
    ),
  options,
  examples: [
    ['bundle import /media/stick/shop.tar', 'verify, ask, load'],
    ['bundle import shop.tar --yes --state-dir /srv/bundle', 'from a script'],
    ['bundle import shop.tar --up --probe http://127.0.0.1/', 'from the stick to a working page'],
    ['bundle import shop.tar --up --name shop-test --set HTTP_PORT=8081', 'a second instance'],
    ['bundle import shop-1.4.tar --allow-older', 'an older release, on purpose'],
    ['bundle import shop.tar --dry-run', 'preview of the images to load'],
  ],
  exitCodes: importCodes,
  run: async (context, [bundle = theOnlyBundle], chosen) => {
    const { askChosenEngine } = await import('../../shared/engine.ts');
    const engine = await askChosenEngine(chosen, context.env);
    const { runImport } = await import('./run.ts');
    return runImport(context, engine, bundle, chosen);
  },
});
