import type { CheckName } from '@bundle/format';

export type CheckResult = 'pass' | 'warn' | 'fail';

/** One thing that an import stands on. */
export interface Check {
  readonly name: CheckName;
  readonly result: CheckResult;
  /** What was found, human-readable. */
  readonly found: string;
  /** What to do where it did not pass, or what may be chosen. */
  readonly hint?: string;
  /** It would have stopped the import, and somebody said that it should not. */
  readonly ignored?: true;
}
