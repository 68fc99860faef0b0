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
  /** Set if the check failed but the user chose to ignore it. */
  readonly ignored?: true;
}
