import {
  type ElsewhereMount,
  elsewhereHint,
  elsewhereText,
  type MountProblem,
  mountProblemsHint,
  mountProblemText,
} from '@bundle/host';
import type { Check } from './check.ts';
import { labelsCheck } from './labels.ts';

/** What is wrong with mounts; where the engine is on another machine, what it would have to have there. */
export type MountFacts =
  | {
      readonly problems: readonly MountProblem[];
      /** Paths that SELinux keeps from the containers; absent where none was looked for. */
      readonly refused?: readonly string[];
    }
  | { readonly elsewhere: readonly ElsewhereMount[] };

/**
 * Checks the mounts. The engine would create an empty folder for a missing one, and the application would start with
 * it.
 */
export function mountsCheck({ mounts }: { readonly mounts: MountFacts }): Check {
  const name = 'mounts';
  if ('elsewhere' in mounts) return elsewhereCheck(mounts.elsewhere);
  const { problems, refused = [] } = mounts;
  if (problems.length === 0 && refused.length > 0) return labelsCheck(refused);
  if (problems.length === 0) {
    return { name, result: 'pass', found: 'all mounts exist or are in the bundle' };
  }
  const found = problems.map(mountProblemText).join('; ');
  return { name, result: 'fail', found, hint: mountProblemsHint(problems) };
}

function elsewhereCheck(mounts: readonly ElsewhereMount[]): Check {
  const name = 'mounts';
  if (mounts.length === 0) {
    const found = 'the engine is on another machine, and nothing of either machine is mounted';
    return { name, result: 'pass', found };
  }
  const own = mounts.filter(({ isOfCommand }) => isOfCommand);
  if (own.length > 0) {
    return { name, result: 'fail', found: elsewhereText(own), hint: elsewhereHint };
  }
  const paths = mounts.map(({ path }) => path).join(', ');
  return {
    name,
    result: 'warn',
    found: `the engine is on another machine, where this could not be checked: ${paths}`,
    hint: 'Check that they are there: the engine would make empty folders of what is missing.',
  };
}
