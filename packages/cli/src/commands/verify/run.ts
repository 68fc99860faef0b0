import { checkIdentity, checkSigners, openManifest, verifyOpened } from '@bundle/verify';
import { type Context, type Outcome, startClock } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import type { PartChoice } from '../../shared/options/bundle.ts';
import type { TrustChoice } from '../../shared/options/trust.ts';
import { chosenPolicy } from '../../shared/signature-policy.ts';
import { verifyOutcome } from './render.ts';

/** Runs `bundle verify`: says who signed the bundle, then reads and compares every byte. */
export async function runVerify(
  context: Context,
  given: string,
  options: PartChoice & TrustChoice,
): Promise<Outcome> {
  const { onProgress, signal, cwd } = context;
  const seconds = startClock(context);
  onProgress({ phase: 'verifying', doneBytes: 0 });
  const policy = await chosenPolicy(options, cwd);
  const bundle = await findBundle(given);
  const opened = await openManifest(bundle, findPartsWith(options, context));
  checkIdentity(opened, options.expectDigest);
  const signatures = await checkSigners(opened, policy);
  const report = await verifyOpened(opened, { onProgress, signal });
  return verifyOutcome(bundle, report, signatures, seconds(), context);
}
