import { BundleError } from '@bundle/format';
import type { VerifyReport } from '@bundle/verify';
import type { Outcome } from '../../outcome.ts';
import { findingsText } from '../../shared/render/findings.ts';
import { bytesText, count, secondsText } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';

export function verifyOutcome(
  bundle: string,
  report: VerifyReport,
  seconds: number,
  colours: Colours,
  stderrColours: Colours,
): Outcome {
  const { manifest, digest, files, bytes, findings } = report;
  const { product, version } = manifest;
  const [first] = findings;
  // As with import, the first finding decides on the exit code.
  const error =
    first === undefined
      ? undefined
      : new BundleError(first.code, {
          operation: 'verifying',
          subject: bundle,
          expected: 'every byte as bundle.json lists it',
          found: `${count(findings.length, 'finding')}, listed above`,
          hint: 'Do not use this bundle: copy it again from its source.',
        });
  const facts = `${count(files, 'file')}, ${bytesText(bytes)} in ${secondsText(seconds)}`;
  return {
    json: { ok: error === undefined, bundle, digest, product, version, files, bytes, findings },
    text:
      error === undefined
        ? `${colours.green('OK')} ${visible(bundle)}: ${product} ${version}, ${facts}\n${digest}`
        : '',
    words: findingsText(findings, stderrColours),
    ...(error === undefined ? {} : { error }),
  };
}
