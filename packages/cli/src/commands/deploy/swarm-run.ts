import type { Context, Outcome } from '../../outcome.ts';
import { usageError } from '../../usage.ts';
import type { SwarmChoice } from './swarm-options.ts';

/** Runs `bundle deploy swarm`. */
export async function runSwarm(
  _context: Context,
  _bundle: string | undefined,
  _options: SwarmChoice,
): Promise<Outcome> {
  throw usageError('the target', 'swarm', 'swarm');
}
