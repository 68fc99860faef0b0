import { prune } from '@bundle/operate';
import type { Context, Outcome } from '../../outcome.ts';
import { remove } from '../../shared/remove.ts';
import type { PruneOptions } from './definition.ts';

/** Runs `bundle prune`: removes old releases. */
export function runPrune(context: Context, options: PruneOptions): Promise<Outcome> {
  const { keep } = options;
  return remove(context, options, (tools, asked) => prune(tools, { ...asked, keep }));
}
