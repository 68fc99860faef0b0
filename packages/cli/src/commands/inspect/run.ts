import { inspectBundle } from '@bundle/verify';
import type { Context, Outcome } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import type { PartChoice } from '../../shared/options/bundle.ts';
import { inspectText } from './render.ts';

/** Runs `bundle inspect`: shows the contents of bundle.json. */
export async function runInspect(
  context: Context,
  given: string,
  options: PartChoice,
): Promise<Outcome> {
  const bundle = await findBundle(given);
  const report = await inspectBundle(bundle, findPartsWith(options, context));
  return { json: { ...report, bundle }, text: inspectText(bundle, report, context.colours) };
}
