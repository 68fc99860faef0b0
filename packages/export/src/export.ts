import type { Engine } from '@bundle/engine';
import type { ApplicationPlan } from './application/application.ts';
import type { ExportOptions, ExportReport } from './export-options.ts';
import type { ExportPreview, PreviewOptions } from './preview.ts';

/** Loads what packs. That takes as long as Compose's first answer, so begin it while waiting for that. */
export async function loadPacking(): Promise<void> {
  await Promise.all([import('./pack.ts'), import('./preview.ts')]);
}

/**
 * Writes the bundle of an application: images in one stream from the engine, everything else around them. `output`
 * appears only once it is complete; a failed or interrupted run leaves nothing behind.
 */
export async function exportBundle(
  engine: Engine,
  application: ApplicationPlan,
  options: ExportOptions,
): Promise<ExportReport> {
  const { packBundle } = await import('./pack.ts');
  return packBundle(engine, application, options);
}

/** Decides what an export would do; nothing is pulled, built or written. */
export async function previewExport(
  engine: Engine,
  application: ApplicationPlan,
  options: PreviewOptions,
): Promise<ExportPreview> {
  const { preview } = await import('./preview.ts');
  return preview(engine, application, options);
}
