import { verifyBundle } from '@bundle/verify';
import { type Context, type Outcome, startClock } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import type { PartChoice } from '../../shared/options/bundle.ts';
import { verifyOutcome } from './render.ts';

/** `bundle verify`: reads and compares every byte. */
export async function runVerify(
  context: Context,
  given: string,
  options: PartChoice,
): Promise<Outcome> {
  const { onProgress, signal, colours, stderrColours } = context;
  const seconds = startClock(context);
  onProgress({ phase: 'verifying', doneBytes: 0 });
  const find = findPartsWith(options, context);
  const bundle = await findBundle(given);
  const report = await verifyBundle(bundle, { onProgress, signal, find });
  return verifyOutcome(bundle, report, seconds(), colours, stderrColours);
}
