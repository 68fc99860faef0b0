import { BundleError } from '@bundle/format';
import type { Check, CheckResult, PreflightReport } from '@bundle/import';
import type { Outcome } from '../../outcome.ts';
import { count } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t, translated } from '../../shared/text/text.ts';

/** Prints one line per check, with advice under those that did not pass. */
export function checksText(checks: readonly Check[], colours: Colours): string {
  const paint: Record<CheckResult, (text: string) => string> = {
    pass: colours.green,
    warn: colours.yellow,
    fail: colours.red,
  };
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .flatMap(({ name, result, ignored, things, ...only }) =>
      (things ?? [only]).flatMap(({ found, hint }, index) => [
        // Each thing has a line, with the name of the check before the first.
        `${index === 0 ? `${paint[result](resultWord(result))}  ${name.padEnd(width)}` : ' '.repeat(width + 6)}  ${visible(translated(found))}${ignored ? t` (ignored)` : ''}`,
        ...(hint === undefined ? [] : [`${' '.repeat(width + 8)}→ ${visible(translated(hint))}`]),
      ]),
    )
    .join('\n');
}

/** Four columns wide in each language, as the advice under it is indented. */
function resultWord(result: CheckResult): string {
  switch (result) {
    case 'pass':
      return t`pass`;
    case 'warn':
      return t`warn`;
    case 'fail':
      return t`fail`;
  }
}

export function preflightOutcome(
  bundle: string,
  { manifest, checks, ok }: PreflightReport,
  colours: Colours,
): Outcome {
  const { product, version } = manifest;
  const failed = checks.filter(({ result, ignored }) => result === 'fail' && !ignored);
  const warned = checks.filter(({ result }) => result === 'warn');
  const end = ok
    ? [
        t`${colours.green(t`Nothing is in the way`)} of ${product} ${version}${warned.length === 0 ? '' : `${t`, `}${count(warned.length, 'warning')}`}.`,
      ]
    : [];
  return {
    json: { ok, bundle, product, version, checks },
    text: [checksText(checks, colours), ...end].join('\n\n'),
    ...(ok
      ? {}
      : {
          error: new BundleError('preflight-failed', {
            operation: 'checking this host for',
            subject: `${product} ${version}`,
            expected: 'nothing in the way',
            found: `${count(failed.length, 'check')} failed: ${failed.map(({ name }) => name).join(', ')}`,
            hint: 'Follow the advice after each arrow above, then run the command again.',
          }),
        }),
  };
}
