import { Option } from 'commander';
import { z } from 'zod';

/** What `--ignore` takes; a test holds it equal to the checks that there are, which are loaded later. */
export const checkNames = [
  'platform',
  'engine',
  'compose',
  'engine-disk',
  'state-disk',
  'ports',
  'names',
  'limits',
  'settings',
] as const;

export const ignoredChecks = z.array(z.enum(checkNames)).default([]);

export function ignoreOption(): Option {
  return new Option(
    '--ignore <check>',
    'go on although this check of bundle preflight fails, repeatable; it is shown all the same',
  )
    .choices(checkNames)
    .argParser((value: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      value,
    ]);
}
