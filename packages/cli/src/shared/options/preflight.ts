import { checkNames } from '@bundle/format';
import { Option } from 'commander';
import { z } from 'zod';

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
