import { inspectBundle } from '@bundle/verify';
import type { Context, Outcome } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import type { InspectChoice } from './definition.ts';
import { inspectText } from './render.ts';

/** Runs `bundle inspect`: shows the contents of bundle.json. */
export async function runInspect(
  context: Context,
  given: string,
  options: InspectChoice,
): Promise<Outcome> {
  const bundle = await findBundle(given);
  const report = await inspectBundle(bundle, findPartsWith(options, context));
  return {
    json: { ...report, bundle },
    text: inspectText(bundle, report, options, context.colours),
  };
}
