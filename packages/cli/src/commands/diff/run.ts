import { paths } from '@bundle/format';
import { openKnownBundle } from '@bundle/verify';
import { diffBundles } from '@bundle/verify/diff';
import type { Context, Outcome } from '../../outcome.ts';
import { findKnownBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import { problemLines } from '../../shared/render/problems.ts';
import { t } from '../../shared/text/text.ts';
import type { DiffChoice } from './definition.ts';
import { diffText, packagesText } from './render.ts';

/** Runs `bundle diff`: shows what changed from one bundle to another. */
export async function runDiff(
  context: Context,
  before: string,
  after: string,
  options: DiffChoice,
): Promise<Outcome> {
  const { colours, onProgress, signal } = context;
  const find = findPartsWith(options, context);
  const old = await openKnownBundle(await findKnownBundle(before), find);
  const now = await openKnownBundle(await findKnownBundle(after), find);
  const diff = await diffBundles(old, now);
  const text = diffText(diff, colours);
  const carries = [old, now].every(({ source }) => source?.entries.has(paths.sbom) === true);
  if (!options.packages && !carries) return { json: diff, text };
  // Only what compares packages loads their readers.
  const { packageChanges } = await import('@bundle/sbom');
  const { packageCache } = await import('../../shared/package-cache.ts');
  const packages = await packageChanges(old, now, packageCache(context), { onProgress, signal });
  return {
    json: { ...diff, packages },
    text: `${text}\n\n${packagesText(packages.changes, colours)}`,
    ...(packages.problems.length === 0
      ? {}
      : { words: problemLines(t`The packages that changed may be more:`, packages.problems) }),
  };
}
