import { placesOf } from '@bundle/host';
import type { AdmittedImport, ImportPreview, ImportReport } from './import-types.ts';
import { type LoadStep, layerBytes, reusedLayers, sentBytes } from './load-plan.ts';
import type { Check } from './preflight/check.ts';
import { startCommands } from './start-commands.ts';

/** Describes what an import will do, before it does it. */
export function previewOf(
  { opened: { manifest }, admission, info }: AdmittedImport,
  checks: readonly Check[],
  steps: readonly LoadStep[],
): ImportPreview {
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
  const { signatures, isAllowedOlder } = admission;
  return { manifest, engine: info.description, checks, images, signatures, isAllowedOlder };
}

/** Describes what an import did. */
export async function reportOf(
  { opened, admission: { release }, isOperated, started }: AdmittedImport,
  preview: ImportPreview,
  steps: readonly LoadStep[],
  outcome: ImportReport['outcome'],
): Promise<ImportReport> {
  return {
    ...preview,
    outcome,
    digest: opened.digest,
    name: release.instance.name,
    switched: !isOperated && outcome !== 'declined' && outcome !== 'previewed',
    release: release.name,
    releaseDir: release.folder,
    currentLink: placesOf(release.instance).current,
    startCommands: await startCommands(release),
    sentBytes: outcome === 'imported' ? sentBytes(steps) : 0,
    reused: reusedLayers(opened.manifest.images, steps),
    seconds: (performance.now() - started) / 1000,
  };
}
