import type { CheckName } from '@bundle/format';

export type CheckResult = 'pass' | 'warn' | 'fail';

/** Result of one check of the host. */
export interface Check {
  readonly name: CheckName;
  readonly result: CheckResult;
  /** What was found, human-readable. */
  readonly found: string;
  /** What to do if it did not pass, or which choices there are. */
  readonly hint?: string;
  /** Single things that were found, each with what to do about it, where there are several. */
  readonly things?: readonly Thing[];
  /** Set if the check failed but the user chose to ignore it. */
  readonly ignored?: true;
}

export interface Thing {
  readonly found: string;
  readonly hint: string;
}

/** Makes a check of what was found, each thing with its way out; `found` and `hint` say all of it. */
export function checkOf(
  name: CheckName,
  result: Exclude<CheckResult, 'pass'>,
  found: readonly Thing[],
): Check {
  const things = [...new Map(found.map((one) => [one.found, one])).values()];
  return {
    name,
    result,
    found: things.map((one) => one.found).join('; '),
    hint: [...new Set(things.map((one) => one.hint))].join(' '),
    ...(things.length > 1 ? { things } : {}),
  };
}
