import { productName } from '@bundle/format';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { pathOption } from './values.ts';

/** Options of commands that use a container engine. */
export const engineOptions = z.object({
  engine: z
    .string()
    .regex(/^(docker|oci:.+)$/, 'expected docker or oci:PATH')
    .optional(),
  dockerHost: z.string().min(1, 'expected an address').optional(),
});

export type EngineChoice = z.output<typeof engineOptions>;

export function addEngineOptions(command: Command): Command {
  return command
    .option('--docker-host <url>', 'address of the Docker engine (also: DOCKER_HOST, contexts)')
    .option('--engine <kind>', 'docker, or oci:PATH for an OCI image layout (also: BUNDLE_ENGINE)');
}

/** Options of commands that read the state folder. */
export const stateOptions = z.object({ stateDir: pathOption.optional() });

export type StateChoice = z.output<typeof stateOptions>;

export function addStateOptions(command: Command): Command {
  return command.option(
    '--state-dir <path>',
    'state folder (also: BUNDLE_STATE_DIR), as for import',
  );
}

/** `--name`; `--product` means the same in every command. */
export function addNameOption(command: Command, description: string): Command {
  return command
    .option('--name <name>', description)
    .addOption(new Option('--product <name>').hideHelp())
    .on('option:product', (name: string) => command.setOptionValue('name', name));
}

export const theOnlyOne = 'the application (default: the only one on this host)';

/** Options of commands that work on an instance. */
export const instanceOptions = z.object({
  name: productName.optional(),
  ...stateOptions.shape,
});

export type InstanceChoice = z.output<typeof instanceOptions>;

export function addInstanceOptions(command: Command): Command {
  return addStateOptions(addNameOption(command, theOnlyOne));
}

/** Options of commands that work on an instance and the engine. */
export const operateOptions = z.object({ ...engineOptions.shape, ...instanceOptions.shape });

export type OperateChoice = z.output<typeof operateOptions>;

export function addOperateOptions(command: Command): Command {
  return addEngineOptions(addInstanceOptions(command));
}
