import { productName, releaseVersion } from '@bundle/format';
import { z } from 'zod';
import { collect, defineCommand } from '../../command.ts';
import { addNameOption } from '../../shared/options/host.ts';
import { pathOption } from '../../shared/options/values.ts';

const options = z.object({
  file: z.array(pathOption).default([]),
  output: pathOption.optional(),
  name: productName.optional(),
  releaseVersion: releaseVersion.optional(),
  force: z.boolean().default(false),
  dryRun: z.boolean().default(false),
});

export type InitChoice = z.output<typeof options>;

export const initCommand = defineCommand({
  name: 'init',
  summary: 'write a bundle spec for a Compose application',
  description: `Writes a bundle spec for a Compose application: a YAML file that says what \`bundle export\` packs. On a terminal it asks for the name, the version, the profiles and the platform; Enter takes the suggestion. With --yes, with --json or without a terminal it takes all suggestions.

An existing file is not overwritten. With --force a bundle spec is replaced, and nothing else.`,
  setUp: (command) =>
    addNameOption(
      command
        .argument('[file]', 'Compose file (default: the Compose file of this folder)')
        .option(
          '-f, --file <file>',
          'Compose file in place of the argument; repeatable, merged in this order',
          collect,
        )
        .option('-o, --output <path>', 'spec to write (default: ./NAME.bundle.yaml)')
        .option('--force', 'replace an existing spec')
        .option('--release-version <version>', 'version of the release')
        .option('-y, --yes', 'do not ask, take the suggestions')
        .option('--dry-run', 'print the spec; write nothing'),
      'name of the application (also: --product; default: the Compose project name)',
    ),
  options,
  examples: [
    ['bundle init', 'for the Compose file of this folder'],
    ['bundle init -f compose.yml -f prod.yml --yes', 'for two files, without questions'],
    ['bundle init --dry-run', 'look at the spec first'],
  ],
  exitCodes: [
    'compose-not-found',
    'compose-invalid',
    'output-exists',
    'output-unwritable',
    'no-space',
  ],
  run: async (context, [file], chosen) => {
    const { runInit } = await import('./run.ts');
    return runInit(context, file, chosen);
  },
});
