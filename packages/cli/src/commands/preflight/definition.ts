import type { z } from 'zod';
import { collect, defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import {
  addBundleArgument,
  ignoredChecks,
  ignoreOption,
  partOptions,
} from '../../shared/options/bundle.ts';
import { addEngineOptions, addStateOptions, operateOptions } from '../../shared/options/host.ts';
import { settingOptions } from '../../shared/options/start.ts';

const options = operateOptions.extend({
  ...partOptions.shape,
  ...settingOptions.shape,
  ignore: ignoredChecks,
});

export type PreflightChoice = z.output<typeof options>;

export const preflightCommand = defineCommand({
  name: 'preflight',
  summary: 'look whether a bundle can be imported and started here',
  description: `Looks whether this host has what a bundle needs, before anything is changed: platform, engine, the compose plugin, room for images and files that are not there yet, ports and names that others have, limits of memory and processors, settings that must have a value. Prints one line for each, and what to do.

bundle import looks at the same first; there, what only the start needs is a warning, unless it is to start (--up).`,
  setUp: (command) =>
    addEngineOptions(
      addStateOptions(
        addBundleArgument(command).option(
          '--name <name>',
          'another name than the product, as for import',
        ),
      )
        .option('--set <name=value>', 'a setting, repeatable', collect)
        .option('--env-file <file>', 'settings from a file, repeatable', collect)
        .addOption(ignoreOption()),
    ),
  options,
  examples: [
    ['bundle preflight /media/stick/shop', 'what is in the way, before anything is copied'],
    ['bundle preflight shop.tar --ignore ports', 'the port is freed later'],
  ],
  exitCodes: [
    ...openingCodes,
    'engine-unreachable',
    'engine-too-old',
    'engine-failed',
    'preflight-failed',
  ],
  run: async (context, [bundle = ''], chosen) => {
    const { runPreflight } = await import('./run.ts');
    return runPreflight(context, bundle, chosen);
  },
});
