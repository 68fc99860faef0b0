import { openKnownBundle } from '@bundle/verify';
import { diffBundles } from '@bundle/verify/diff';
import type { Context, Outcome } from '../../outcome.ts';
import { findKnownBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import type { PartChoice } from '../../shared/options/bundle.ts';
import { diffText } from './render.ts';

/** Runs `bundle diff`: shows what changed from one bundle to another. */
export async function runDiff(
  context: Context,
  before: string,
  after: string,
  options: PartChoice,
): Promise<Outcome> {
  const find = findPartsWith(options, context);
  const old = await openKnownBundle(await findKnownBundle(before), find);
  const diff = await diffBundles(old, await openKnownBundle(await findKnownBundle(after), find));
  return { json: diff, text: diffText(diff, context.colours) };
}
