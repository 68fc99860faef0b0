import { productName } from '@bundle/format';
import type { z } from 'zod';
import { defineCommand } from '../../command.ts';
import {
  addEngineOptions,
  addNameOption,
  addStateOptions,
  engineOptions,
  stateOptions,
  theOnlyOne,
} from '../../shared/options/host.ts';
import { pathOption } from '../../shared/options/values.ts';

const options = engineOptions.extend({
  source: pathOption.optional(),
  name: productName.optional(),
  ...stateOptions.shape,
});

export type DoctorChoice = z.output<typeof options>;

export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: 'find out why rebuilds fail here',
  description: `Checks everything that a rebuild without a network depends on: the engine, its image store, buildx and Compose, free space, the imported release, its base and cache images, and the source. Prints each problem and how to fix it. Changes nothing.`,
  setUp: (command) =>
    addEngineOptions(
      addStateOptions(
        addNameOption(
          command.option(
            '--source <dir>',
            "folder of the project's source (default: the current folder)",
          ),
          theOnlyOne,
        ),
      ),
    ),
  options,
  examples: [
    ['bundle doctor', 'after a failed build, a full disk or an unused cache'],
    ['bundle doctor --source ~/shop', 'compare the source with the export too'],
  ],
  exitCodes: ['rebuild-unavailable'],
  run: async (context, _, chosen) => {
    const { runDoctor } = await import('./run.ts');
    return runDoctor(context, chosen);
  },
});
