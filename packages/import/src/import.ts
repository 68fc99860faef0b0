import type { Engine, EngineInfo } from '@bundle/engine';
import {
  BundleError,
  type BundleImage,
  type BundleManifest,
  type Digest,
  formatPlatform,
  type OnProgress,
  runsOn,
} from '@bundle/format';
import {
  carriedFiles,
  checkState,
  isCurrent,
  isSameImage,
  isStaged,
  lostLock,
  noteImages,
  pinImages,
  placesOf,
  prepareRelease,
  type Release,
  recorded,
  releaseFact,
  rememberBundle,
  signersOf,
  switchCurrent,
  withLock,
} from '@bundle/host';
import type { FindParts } from '@bundle/store';
import type { Judgement } from '@bundle/trust';
import { type OpenedBundle, openManifest } from '@bundle/verify';
import { admit } from './admit.ts';
import { checkArrived, loadAll, verifyForLoad } from './load-images.ts';
import { checkTurns } from './load-in-turn.ts';
import { type LoadStep, layerBytes, planLoads, reusedLayers, sentBytes } from './load-plan.ts';
import { checkOmitted, omittedLayers } from './omitted.ts';
import type { Check } from './preflight/check.ts';
import type { PreflightOptions } from './preflight/preflight.ts';
import { startCommands } from './start-commands.ts';
import { staleNames } from './temporary-names.ts';

export interface ImportOptions {
  readonly bundle: string;
  /** Where to find the parts of the bundle, and whom to ask for a missing one. */
  readonly find?: FindParts;
  /** Required identity of the bundle; absent: any. */
  readonly expectDigest?: Digest;
  /** Absolute path of the state folder. */
  readonly stateDir: string;
  /**
   * Path of this command if it is one file; kept for a release whose bundle has no executable, such as an incremental
   * one.
   */
  readonly executable?: string;
  /** Name of the instance if it differs from the product, for a second one beside the first. */
  readonly name?: string;
  /** The caller starts the release next: `current` is switched only once it is healthy. */
  readonly up?: boolean;
  /** Required channel of the bundle, which the instance follows from then on. */
  readonly channel?: string;
  /** Accept a bundle that is older than one this host has seen. */
  readonly allowOlder?: boolean;
  /** Only verify and plan, and change nothing. */
  readonly dryRun: boolean;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
  /**
   * Returns the options of preflight, which runs before anything changes; a failing check ends the import. Absent: no
   * preflight.
   */
  readonly preflight?: () => Promise<
    PreflightOptions & { readonly onChecks: (checks: readonly Check[]) => void }
  >;
  /** Called once everything is verified, before the engine is changed; false stops without a change. */
  readonly confirm?: (preview: ImportPreview) => Promise<boolean>;
  /** Called if an outcome could not be written to the log of this host. */
  readonly onUnrecorded: (error: BundleError) => void;
  /** Called with the release before it is loaded and staged, to ask for settings that its start needs. */
  readonly onIncoming?: (release: Release) => Promise<void>;
}

export interface ImportPreview {
  readonly manifest: BundleManifest;
  /** Signers of the bundle, judged by the keys that this host trusts. */
  readonly signatures: Judgement;
  /** It is older than one that this host has seen, and is imported because that was allowed. */
  readonly isAllowedOlder: boolean;
  readonly engine: string;
  /** Results of preflight; empty if it did not run. */
  readonly checks: readonly Check[];
  readonly images: readonly {
    readonly reference: string;
    readonly action: 'load' | 'already there';
    /** Stored bytes that will be sent to the engine. */
    readonly bytes: number;
  }[];
}

export interface ImportReport extends ImportPreview {
  readonly outcome: 'imported' | 'already imported' | 'declined' | 'previewed';
  readonly digest: string;
  /** Name of the instance: the product, or the name that was given. */
  readonly name: string;
  /** Whether `current` names the release now. Where a release runs that `bundle up` started, it stays as it is. */
  readonly switched: boolean;
  /** Name of the release: `VERSION-DIGEST12`. */
  readonly release: string;
  /** Folder with the release's files, and the link to the current release. */
  readonly releaseDir: string;
  readonly currentLink: string;
  /** Commands that start the application, one per line, ready to paste. */
  readonly startCommands: readonly string[];
  readonly sentBytes: number;
  /** Layers that the engine already had. */
  readonly reused: { readonly layers: number; readonly bytes: number };
  readonly seconds: number;
}

/**
 * Verifies a bundle, loads what the engine lacks, checks the loaded images, and stages the release's files. Engine and
 * state change only after everything to be used is verified. Returns at once if engine and state already have it all.
 */
export async function importBundle(engine: Engine, options: ImportOptions): Promise<ImportReport> {
  const started = performance.now();
  // Ask while the bundle is opened; if both fail, the bundle's error comes first.
  const asked = engine.info();
  asked.catch(() => undefined);
  const opened = await openManifest(options.bundle, options.find);
  const { manifest, digest } = opened;
  const admission = await admit(opened, options);
  const { release, journal } = admission;
  const { instance } = release;
  const info = await asked;
  checkPlatform(manifest, info);
  const isOperated =
    options.up === true || (journal !== undefined && (journal.running ?? journal.pending) !== null);
  const missing = await missingImages(engine, manifest.images);
  const isThere = isOperated ? isStaged : isCurrent;
  const isDone = missing.length === 0 && (await isThere(release));
  // Check no more if nothing of the bundle will be used.
  if (!isDone && !options.dryRun) await checkState(instance);
  const checks = isDone ? [] : await lookFirst(engine, opened, release, options.preflight);
  const present = isDone ? [] : await engine.listImages();
  checkOmitted(manifest, missing, present);
  checkTurns(opened, info);
  const steps = planLoads(missing, present, info.store, omittedLayers(manifest));
  const readsOnce = opened.source.rest !== undefined && !options.dryRun;
  if (!isDone) await verifyForLoad(opened, missing.length === 0 || readsOnce, options);
  if (!isDone) {
    const { checkCarriedFiles } = await import('@bundle/compose');
    checkCarriedFiles(await carriedFiles(release));
  }
  const { signatures, isAllowedOlder } = admission;
  const preview = { ...previewOf(manifest, info, checks, steps), signatures, isAllowedOlder };
  const report = async (outcome: ImportReport['outcome']): Promise<ImportReport> => ({
    ...preview,
    outcome,
    digest,
    name: instance.name,
    switched: !isOperated && outcome !== 'declined' && outcome !== 'previewed',
    release: release.name,
    releaseDir: release.folder,
    currentLink: placesOf(instance).current,
    startCommands: await startCommands(release),
    sentBytes: outcome === 'imported' ? sentBytes(steps) : 0,
    reused: reusedLayers(manifest.images, steps),
    seconds: (performance.now() - started) / 1000,
  });
  const fact = {
    ...releaseFact('import', instance, manifest, digest),
    signers: signersOf(signatures),
    ...(options.allowOlder === true ? { allowed: ['older' as const] } : {}),
  };
  // Returning to an older release on purpose must be recorded.
  const recording = { onUnrecorded: options.onUnrecorded, isRequired: true };
  const record = (work: () => Promise<void>): Promise<void> =>
    recorded(options.stateDir, fact, recording, work);
  if (isDone) {
    if (!options.dryRun) {
      const remember = async (): Promise<void> => {
        await rememberBundle(release, options.bundle);
        await admission.remember(options.signal);
      };
      await (isAllowedOlder ? record(remember) : remember());
    }
    return report('already imported');
  }
  if (options.dryRun) return report('previewed');
  if (options.confirm !== undefined && !(await options.confirm(preview))) return report('declined');
  await options.onIncoming?.(release);
  await withLock(instance, options.signal, async (signal) => {
    // Another run may have imported a newer one before the lock was free.
    await admission.checkAgain();
    await record(async () => {
      // Copy the files first: they come first in the bundle, and their disk may be full.
      const files = await prepareRelease(opened, release, { ...options, signal });
      try {
        // Before: what a killed import has loaded, the next one knows as loaded by a bundle.
        await noteImages(engine, release);
        await loadAll(engine, info, opened, steps, { ...options, signal });
        await checkArrived(engine, manifest.images);
        // Record it before it is in place, so that after a kill no later run can accept an older one.
        await admission.remember(signal);
      } catch (error) {
        if (lostLock(signal) === undefined) await files.remove();
        throw error;
      }
      // Remove them only now: what a killed import pulled under these names need not be pulled again.
      for (const name of await staleNames(present)) await engine.untagImage(name);
      await files.moveIntoPlace();
      await rememberBundle(release, options.bundle);
      // The next bundle may move these names to other images.
      if (isOperated) await pinImages(engine, manifest);
      else await switchCurrent(release);
    });
  });
  return report('imported');
}

async function lookFirst(
  engine: Engine,
  opened: OpenedBundle,
  release: Release,
  preflight: ImportOptions['preflight'],
): Promise<readonly Check[]> {
  const options = await preflight?.();
  if (options === undefined) return [];
  const { preflightError, runChecks } = await import('./preflight/preflight.ts');
  const checks = await runChecks(engine, opened, release, options);
  options.onChecks(checks);
  const { product, version } = opened.manifest;
  const error = preflightError(checks, `${product} ${version}`);
  if (error !== undefined) throw error;
  return checks;
}

function checkPlatform({ platform, product }: BundleManifest, info: EngineInfo): void {
  if (runsOn(platform, info.platform)) return;
  throw new BundleError('platform-mismatch', {
    operation: 'checking the platform of',
    subject: product,
    expected: `${formatPlatform(info.platform)}, the platform of ${info.description}`,
    found: `a bundle for ${formatPlatform(platform)}`,
    hint: 'Export it for this platform with --platform, or import it on a host of that platform.',
  });
}

async function missingImages(
  engine: Engine,
  images: readonly BundleImage[],
): Promise<BundleImage[]> {
  const present = await Promise.all(images.map(({ reference }) => engine.inspectImage(reference)));
  return images.filter((image, index) => !isSameImage(image, present[index]));
}

function previewOf(
  manifest: BundleManifest,
  info: EngineInfo,
  checks: readonly Check[],
  steps: readonly LoadStep[],
): Omit<ImportPreview, 'signatures' | 'isAllowedOlder'> {
  const bytes = new Map<string, number>();
  const visit = ({ images, layers, next }: LoadStep): void => {
    for (const image of images) bytes.set(image.reference, layerBytes([image], layers));
    next.forEach(visit);
  };
  steps.forEach(visit);
  const images = manifest.images.map(({ reference }) => ({
    reference,
    action: bytes.has(reference) ? ('load' as const) : ('already there' as const),
    bytes: bytes.get(reference) ?? 0,
  }));
  return { manifest, engine: info.description, checks, images };
}
