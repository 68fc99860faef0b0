import type { SecretFinding } from './finding.ts';

/** Findings divided by whether somebody allowed them by name. */
export interface Waived {
  readonly stopping: readonly SecretFinding[];
  readonly allowed: readonly SecretFinding[];
  /** Names that allowed nothing: a mistake, or a secret that is gone. */
  readonly unused: readonly string[];
}

/** Applies waivers. Each is the name of a finding, a file with everything in it, or a folder that ends in `/`. */
export function waive(findings: readonly SecretFinding[], names: readonly string[]): Waived {
  const matches = ({ name, place }: SecretFinding, waiver: string): boolean =>
    waiver === name || waiver === place || (waiver.endsWith('/') && place.startsWith(waiver));
  const isAllowed = (one: SecretFinding): boolean => names.some((name) => matches(one, name));
  return {
    stopping: findings.filter((one) => !isAllowed(one)),
    allowed: findings.filter(isAllowed),
    unused: names.filter((name) => !findings.some((one) => matches(one, name))),
  };
}
