import { checkNames } from '@bundle/format';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { collect, collectList } from '../../command.ts';
import { pathOption } from './values.ts';

/** Options of commands that read a bundle, which may be in parts. */
export const partOptions = z.object({ parts: z.array(pathOption).optional() });

export type PartChoice = z.output<typeof partOptions>;

export function addPartOptions(command: Command): Command {
  return command.option(
    '--parts <dir>',
    'further folders with parts of a split bundle, comma-separated or repeated (default: beside the list)',
    collectList,
  );
}

/** What the absent argument for a bundle means. */
export const theOnlyBundle = '.';

export const bundleArgument = [
  '[bundle]',
  'folder, .tar or .parts.json file (default: the only bundle in this folder)',
] as const;

/** Adds the argument for the bundle that a command reads, and the options for its parts. */
export function addBundleArgument(command: Command): Command {
  return addPartOptions(command.argument(...bundleArgument));
}

/** Options of commands that check whether a bundle fits this host. */
export const ignoredChecks = z.array(z.enum(checkNames)).default([]);

export function ignoreOption(): Option {
  return new Option(
    '--ignore <check>',
    'preflight checks to ignore, comma-separated or repeated; their results are still shown',
  )
    .choices(checkNames)
    .argParser(collect);
}
