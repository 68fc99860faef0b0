import { BundleError } from '@bundle/format';
import type { Judgement } from '@bundle/trust';
import type { VerifyReport } from '@bundle/verify';
import type { Context, Outcome } from '../../outcome.ts';
import { findingsText } from '../../shared/render/findings.ts';
import { signersText } from '../../shared/render/signers.ts';
import { bytesText, count, secondsText } from '../../shared/render/words.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

export function verifyOutcome(
  bundle: string,
  report: VerifyReport,
  signatures: Judgement,
  seconds: number,
  { colours, stderrColours }: Pick<Context, 'colours' | 'stderrColours'>,
): Outcome {
  const { manifest, digest, files, bytes, findings } = report;
  const { product, version } = manifest;
  const [first] = findings;
  // As in an import, the first finding decides the exit code.
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
  const words = t`${count(files, 'file')}, ${bytesText(bytes)} in ${secondsText(seconds)}`;
  const facts = { digest, product, version, files, bytes };
  return {
    json: { ok: error === undefined, bundle, ...facts, findings, ...signatures },
    text:
      error === undefined
        ? `${colours.green(t`OK`)} ${visible(bundle)}: ${product} ${version}, ${words}\n${digest}\n${signersText(signatures)}`
        : '',
    words: findingsText(findings, stderrColours),
    ...(error === undefined ? {} : { error }),
  };
}
