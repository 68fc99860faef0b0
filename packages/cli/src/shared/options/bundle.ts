import { checkNames } from '@bundle/format';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { collect } from '../../command.ts';

/** Of the commands that read a bundle which may be in parts. */
export const partOptions = z.object({ parts: z.array(z.string().min(1)).optional() });

export type PartChoice = z.output<typeof partOptions>;

export function addPartOptions(command: Command): Command {
  return command.option(
    '--parts <dir>',
    'where else parts of a bundle that was split are, repeatable (default: beside the list)',
    collect,
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
    'go on although this check of bundle preflight fails, repeatable; it is shown all the same',
  )
    .choices(checkNames)
    .argParser(collect);
}
