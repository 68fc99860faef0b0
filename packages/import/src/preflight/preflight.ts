import type { Engine } from '@bundle/engine';
import { BundleError, type BundleManifest, type CheckName } from '@bundle/format';
import type { Release } from '@bundle/host';
import type { FindParts } from '@bundle/store';
import { type OpenedBundle, openManifest } from '@bundle/verify';
import { admit } from '../admit.ts';
import type { OrderOptions } from '../check-order.ts';
import type { Check } from './check.ts';
import { failures, onlyWarning, preflightChecks, withIgnored } from './checks.ts';
import { type FactsOptions, gatherFacts } from './facts.ts';

export interface PreflightOptions extends FactsOptions {
  /** Checks that must not stop anything; they are run and shown anyway. */
  readonly ignore: readonly CheckName[];
  /** Checks that at most warn, such as those of the start where nothing is started. */
  readonly warnOnly: readonly CheckName[];
}

export interface PreflightReport {
  readonly manifest: BundleManifest;
  readonly checks: readonly Check[];
  /** Nothing failed that was not to be ignored. */
  readonly ok: boolean;
}

/** Whether a bundle can be imported and started on this host. Changes nothing, and reads of the bundle only its head. */
export async function preflight(
  engine: Engine,
  bundle: string,
  stateDir: string,
  options: PreflightOptions &
    Pick<OrderOptions, 'channel' | 'allowOlder'> & { readonly find?: FindParts },
): Promise<PreflightReport> {
  const opened = await openManifest(bundle, { ...options.find, headOnly: true });
  const { release } = await admit(opened, { stateDir, ...options });
  const checks = await runChecks(engine, opened, release, options);
  return { manifest: opened.manifest, checks, ok: failures(checks).length === 0 };
}

export async function runChecks(
  engine: Engine,
  { source }: OpenedBundle,
  release: Release,
  options: PreflightOptions,
): Promise<Check[]> {
  const checks = preflightChecks(await gatherFacts(engine, source, release, options));
  return withIgnored(onlyWarning(checks, options.warnOnly), new Set(options.ignore));
}

/** What stands in the way of `subject`, or undefined. */
export function preflightError(checks: readonly Check[], subject: string): BundleError | undefined {
  const failed = failures(checks);
  if (failed.length === 0) return undefined;
  const names = failed.map(({ name }) => name);
  return new BundleError('preflight-failed', {
    operation: 'checking this host for',
    subject,
    expected: 'nothing in the way',
    found: failed.map(({ name, found }) => `${name}: ${found}`).join('\n'),
    hint: `${failed.map(({ hint }) => hint).join(' ')} To go on anyway: ${names.map((name) => `--ignore ${name}`).join(' ')}.`,
  });
}
