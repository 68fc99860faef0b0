import type { Context, Outcome } from '../../outcome.ts';
import { parseRelease } from '../../shared/options/start.ts';
import { runUp } from '../up/run.ts';
import type { RollbackChoice } from './definition.ts';

/** Runs `bundle rollback`: starts an earlier release as `bundle up` does. */
export async function runRollback(
  context: Context,
  release: string | undefined,
  options: RollbackChoice,
): Promise<Outcome> {
  return runUp(context, { ...options, action: 'rollback', release: parseRelease(release) });
}
