import { productName } from '@bundle/format';
import type { Command } from 'commander';
import { z } from 'zod';
import { collect, defineCommand } from '../../command.ts';
import { verifyingCodes } from '../../shared/exit-codes.ts';
import { addPartOptions, partOptions } from '../../shared/options/bundle.ts';
import {
  addEngineOptions,
  addNameOption,
  addStateOptions,
  engineOptions,
  stateOptions,
  theOnlyOne,
} from '../../shared/options/host.ts';
import { addTimeoutOption, timeoutOption } from '../../shared/options/start.ts';
import { pairs, pathOption } from '../../shared/options/values.ts';

const options = engineOptions
  .extend(partOptions.shape)
  .extend(timeoutOption.shape)
  .extend({
    source: pathOption.optional(),
    buildArg: pairs(/^[^=]+=/s),
    tag: z
      .string()
      .regex(/^[\w][\w.:/-]{0,300}$/, 'expected a tag or NAME:TAG')
      .optional(),
    up: z.boolean().default(false),
    undo: z.boolean().default(false),
    all: z.boolean().default(false),
    allowRerun: z.boolean().default(false),
    keepModes: z.boolean().default(false),
    bundle: pathOption.optional(),
    name: productName.optional(),
    ...stateOptions.shape,
  });

export type RebuildChoice = z.output<typeof options>;

export const rebuildCommand = defineCommand({
  name: 'rebuild',
  summary: 'rebuild images from changed source, without a network',
  description: `Builds the images of an imported application again, from source changed on this host. Steps that would need a network are reused from the bundle's captures; only the steps after the change run.

The source is the project folder with the Compose file: --source, or the current folder. Without a service, it shows a menu on a terminal. If nothing has changed since the last build, nothing is built. The previous image is kept under its own name; --undo restores it.`,
  setUp: (command) => addEngineOptions(addPartOptions(addRebuildOptions(command))),
  options,
  examples: [
    ['bundle rebuild', 'choose from a menu; the source is in this folder'],
    ['bundle rebuild backend --source ~/shop --up', 'rebuild one service and start it'],
    ['bundle rebuild web --build-arg API_URL=/v2', 'with another build argument'],
    ['bundle rebuild --all --yes', 'everything, from a script'],
    ['bundle rebuild --undo backend --up', 'restore the previous image'],
  ],
  exitCodes: [
    ...verifyingCodes,
    'image-build-failed',
    'engine-unreachable',
    'engine-too-old',
    'engine-failed',
    'compose-plugin-missing',
    'buildx-missing',
    'rebuild-unavailable',
    'rebuild-needs-network',
    'package-not-carried',
    'no-space',
    'load-mismatch',
    'start-failed',
    'consent-missing',
    'project-foreign',
    'busy',
    'state-unwritable',
  ],
  run: async (context, services, chosen) => {
    const { askChosenEngine } = await import('../../shared/engine.ts');
    const engine = await askChosenEngine(chosen, context.env);
    const { runRebuild } = await import('./run.ts');
    return runRebuild(context, engine, services, chosen);
  },
});

function addRebuildOptions(command: Command): Command {
  const started = addTimeoutOption(
    command
      .argument('[service...]', 'services of the Compose file to rebuild')
      .option('--source <dir>', "folder of the project's source (default: the current folder)")
      .option('--build-arg <name=value>', 'another build argument, repeatable', collect)
      .option('--tag <tag>', 'tag or name of the result (default: the image of the service)')
      .option('--up', 'start the services with the new images, and wait until they are healthy'),
  );
  return addStateOptions(
    addNameOption(
      started
        .option('--undo', 'restore the images from before the last rebuild')
        .option('--all', 'rebuild all services with a recipe')
        .option('--allow-rerun', 'run changed dependency steps again, without a network')
        .option('--keep-modes', 'keep the current file modes instead of those from the export')
        .option('--bundle <path>', 'bundle to load missing images from'),
      theOnlyOne,
    ),
  ).option('-y, --yes', 'do not ask');
}
