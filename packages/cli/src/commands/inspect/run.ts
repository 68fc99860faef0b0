import { namedByPlatform } from '@bundle/format';
import { type InspectReport, imageCosts, inspectBundle } from '@bundle/verify';
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
    text: inspectText(bundle, report, forAllPlatforms(report), options, context.colours),
  };
}

/** Returns the report with the images of further platforms among those of the first one. */
function forAllPlatforms(report: InspectReport): InspectReport {
  if (report.manifest.platforms === undefined) return report;
  const manifest = { ...report.manifest, images: [...namedByPlatform(report.manifest)] };
  return { ...report, manifest, images: imageCosts(manifest) };
}
