import { checkNames } from '@bundle/format';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { collect, collectList } from '../../command.ts';
import { pathOption } from './values.ts';

/** Of the commands that read a bundle which may be in parts. */
export const partOptions = z.object({ parts: z.array(pathOption).optional() });

export type PartChoice = z.output<typeof partOptions>;

export function addPartOptions(command: Command): Command {
  return command.option(
    '--parts <dir>',
    'further folders with parts of a split bundle, by comma or repeated (default: beside the list)',
    collectList,
  );
}

/** The one bundle that a command reads, and where its parts are. */
export function addBundleArgument(command: Command): Command {
  return addPartOptions(command.argument('<bundle>', 'folder, .tar or .parts.json file'));
}

/** Of the commands that look whether a bundle can go onto this host. */
export const ignoredChecks = z.array(z.enum(checkNames)).default([]);

export function ignoreOption(): Option {
  return new Option(
    '--ignore <check>',
    'ignore a failed check of bundle preflight, by comma or repeated; its result is still shown',
  )
    .choices(checkNames)
    .argParser(collect);
}
