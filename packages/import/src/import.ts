import type { Engine, EngineInfo } from '@bundle/engine';
import {
  BundleError,
  type BundleManifest,
  formatPlatform,
  platformsText,
  runsOn,
} from '@bundle/format';
import { isCurrent, isStaged, rememberBundle } from '@bundle/host';
import { type OpenedBundle, openedFor, openManifest } from '@bundle/verify';
import { admit } from './admit.ts';
import type { AdmittedImport, ImportOptions, ImportReport } from './import-types.ts';
import { missingImages } from './missing-images.ts';
import { previewOf, reportOf } from './report.ts';

/**
 * Verifies a bundle, loads what the engine lacks, checks the loaded images, and stages the release's files. Engine and
 * state change only after everything to be used is verified. Returns at once if engine and state already have it all.
 */
export async function importBundle(engine: Engine, options: ImportOptions): Promise<ImportReport> {
  const started = performance.now();
  // Ask while the bundle is opened; if both fail, the bundle's error comes first.
  const asked = engine.info();
  asked.catch(() => undefined);
  const whole = await openedHere(await openManifest(options.bundle, options.find), asked);
  const opened =
    options.partial === true ? (await import('./partial.ts')).withoutHeld(whole) : whole;
  const { manifest } = opened;
  const admission = await admit(opened, options);
  const { release, journal } = admission;
  const looked = missingImages(engine, manifest.images);
  looked.catch(() => undefined);
  const info = await asked;
  checkPlatform(manifest, info);
  const isOperated =
    options.up === true || (journal !== undefined && (journal.running ?? journal.pending) !== null);
  const missing = await looked;
  const admitted = { opened, admission, info, missing, isOperated, options, started };
  const isThere = isOperated ? isStaged : isCurrent;
  if (missing.length > 0 || !(await isThere(release))) {
    // Loaded on demand: to find that nothing is left to do takes a tenth of a second.
    const { importRelease } = await import('./import-release.ts');
    return importRelease(engine, admitted);
  }
  if (!options.dryRun) await importAgain(admitted);
  return reportOf(admitted, previewOf(admitted, [], []), [], 'already imported');
}

async function importAgain(admitted: AdmittedImport): Promise<void> {
  const { admission, options } = admitted;
  const remember = async (): Promise<void> => {
    await rememberBundle(admission.release, options.bundle);
    await admission.remember(options.signal);
  };
  if (!admission.isAllowedOlder) return remember();
  const { recordImport } = await import('./record-import.ts');
  await recordImport(admitted, remember);
}

/** Returns a bundle with the images for the engine's platform, if it has several. */
async function openedHere(opened: OpenedBundle, asked: Promise<EngineInfo>): Promise<OpenedBundle> {
  if (opened.manifest.platforms === undefined) return opened;
  return openedFor(opened, (await asked).platform);
}

function checkPlatform(manifest: BundleManifest, info: EngineInfo): void {
  const { platform, product } = manifest;
  if (runsOn(platform, info.platform)) return;
  throw new BundleError('platform-mismatch', {
    operation: 'checking the platform of',
    subject: product,
    expected: `${formatPlatform(info.platform)}, the platform of ${info.description}`,
    found: `a bundle for ${platformsText(manifest)}`,
    hint: 'Export it for this platform with --platform, or import it on a host of that platform.',
  });
}
