import { validateInputs } from '@bundle/verify/validate';
import type { Context, Outcome } from '../../outcome.ts';
import { isComposeFile, soleBundleIn } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import type { PartChoice } from '../../shared/options/bundle.ts';
import type { CodedFinding } from '../../shared/render/findings.ts';
import { composeFinding, validateOutcome } from './render.ts';

/** Runs `bundle validate`: prints all findings in specs and bundles. */
export async function runValidate(
  context: Context,
  files: readonly string[],
  options: PartChoice,
): Promise<Outcome> {
  const { onProgress, signal, colours, stderrColours } = context;
  onProgress({ phase: 'validating', doneBytes: 0 });
  const find = findPartsWith(options, context);
  const findings: CodedFinding[] = [];
  for (const file of files) {
    findings.push(
      ...((await isComposeFile(file))
        ? [composeFinding(file)]
        : await validateInputs([await soleBundleIn(file)], { onProgress, signal, find })),
    );
  }
  return validateOutcome(files, findings, colours, stderrColours);
}
