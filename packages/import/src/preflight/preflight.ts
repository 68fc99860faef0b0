import type { Engine } from '@bundle/engine';
import {
  BundleError,
  type BundleImage,
  type BundleManifest,
  type CheckName,
  defined,
} from '@bundle/format';
import type { FindParts } from '@bundle/store';
import { openedFor, openManifest } from '@bundle/verify';
import { type Admission, type AdmitOptions, admit } from '../admit.ts';
import { missingImages } from '../missing-images.ts';
import type { Check } from './check.ts';
import { failures, onlyWarning, preflightChecks, withIgnored } from './checks.ts';
import { type FactsOptions, gatherFacts } from './facts.ts';

export interface PreflightOptions extends FactsOptions {
  /** Checks whose failure is ignored; they still run and are shown. */
  readonly ignore: readonly CheckName[];
  /** Checks that only warn, such as those of the start if nothing is started. */
  readonly warnOnly: readonly CheckName[];
}

export interface PreflightReport {
  readonly manifest: BundleManifest;
  readonly checks: readonly Check[];
  /** Whether no check failed except ignored ones. */
  readonly ok: boolean;
}

/**
 * Checks whether a bundle can be imported and started on this host. Changes nothing, and reads only the head of the
 * bundle.
 */
export async function preflight(
  engine: Engine,
  bundle: string,
  stateDir: string,
  options: PreflightOptions &
    Pick<AdmitOptions, 'channel' | 'allowOlder'> & { readonly find?: FindParts },
): Promise<PreflightReport> {
  const found = await openManifest(bundle, { ...options.find, headOnly: true });
  const opened =
    found.manifest.platforms === undefined
      ? found
      : openedFor(found, (await engine.info()).platform);
  const admission = await admit(opened, { stateDir, ...options });
  const missing = await missingImages(engine, opened.manifest.images);
  const checks = await runChecks(engine, admission, missing, options);
  return { manifest: opened.manifest, checks, ok: failures(checks).length === 0 };
}

/** Runs all checks. `missing`: images that the engine lacks. */
export async function runChecks(
  engine: Engine,
  { release, candidate, seemsOlderThan }: Admission,
  missing: readonly BundleImage[],
  options: PreflightOptions,
): Promise<Check[]> {
  const facts = await gatherFacts(engine, release, missing, options);
  const checks = preflightChecks({ ...facts, order: candidate, ...defined({ seemsOlderThan }) });
  return withIgnored(onlyWarning(checks, options.warnOnly), new Set(options.ignore));
}

/** Returns the error for failed checks; undefined if there are none. */
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
