import type { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { openingCodes, orderCodes, signatureCodes } from '../../shared/exit-codes.ts';
import {
  addBundleArgument,
  ignoredChecks,
  ignoreOption,
  partOptions,
  theOnlyBundle,
} from '../../shared/options/bundle.ts';
import {
  addEngineOptions,
  addNameOption,
  addStateOptions,
  operateOptions,
} from '../../shared/options/host.ts';
import { addOrderOptions, orderOptions } from '../../shared/options/order.ts';
import { addSettingOptions, settingOptions } from '../../shared/options/start.ts';

const options = operateOptions.extend({
  ...partOptions.shape,
  ...settingOptions.shape,
  ...orderOptions.shape,
  ignore: ignoredChecks,
});

export type PreflightChoice = z.output<typeof options>;

export const preflightCommand = defineCommand({
  name: 'preflight',
  summary: 'check whether a bundle can be imported and started here',
  description: `Checks whether this host meets the requirements of a bundle, before anything changes: platform, engine, the Compose plugin, disk space for new images and files, another application of that name, ports, names and subnets already in use, profiles, limits of memory and processors, GPUs, devices, drivers and kernel modules, files of secrets, settings without a value, and files and folders that services mount. Prints one line for each check, and what to do.

\`bundle import\` makes the same checks first. Without --up, a missing requirement of the start is only a warning there.`,
  setUp: (command) =>
    addEngineOptions(
      addSettingOptions(
        addStateOptions(
          addNameOption(
            addOrderOptions(addBundleArgument(command)),
            'name of the instance, as for import (default: the product)',
          ),
        ),
      ).addOption(ignoreOption()),
    ),
  options,
  examples: [
    ['bundle preflight /media/stick/shop', 'obstacles, before anything is copied'],
    ['bundle preflight shop.tar --ignore ports', 'for a port freed later'],
  ],
  exitCodes: [
    ...openingCodes,
    ...signatureCodes,
    ...orderCodes,
    'project-foreign',
    'engine-unreachable',
    'engine-too-old',
    'engine-failed',
    'preflight-failed',
  ],
  phase: 'checking this host',
  run: async (context, [bundle = theOnlyBundle], chosen) => {
    const { runPreflight } = await import('./run.ts');
    return runPreflight(context, bundle, chosen);
  },
});
