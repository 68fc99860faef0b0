import { validateInputs } from '@bundle/verify/validate';
import type { Context, Outcome } from '../../outcome.ts';
import { isComposeFile, soleBundleIn } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import type { CodedFinding } from '../../shared/render/findings.ts';
import type { ValidateChoice } from './definition.ts';
import { composeFinding, validateOutcome } from './render.ts';
import { reportText } from './reports/index.ts';

/** Runs `bundle validate`: prints all findings in specs and bundles. */
export async function runValidate(
  context: Context,
  files: readonly string[],
  options: ValidateChoice,
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
  const outcome = validateOutcome(files, findings, colours, stderrColours);
  if (options.format === 'text') return outcome;
  const { words, ...report } = {
    ...outcome,
    text: reportText(options.format, { files, findings }),
  };
  // Annotations appear in the log as well: the findings would be there twice.
  return options.format === 'github' || words === undefined ? report : { ...report, words };
}
