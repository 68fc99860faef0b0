import { BundleError } from '@bundle/format';
import type { Check, CheckResult, PreflightReport } from '@bundle/import';
import type { Outcome } from '../../outcome.ts';
import { count } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';

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
        `${index === 0 ? `${paint[result](result)}  ${name.padEnd(width)}` : ' '.repeat(width + 6)}  ${visible(found)}${ignored ? ' (ignored)' : ''}`,
        ...(hint === undefined ? [] : [`${' '.repeat(width + 8)}→ ${visible(hint)}`]),
      ]),
    )
    .join('\n');
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
        `${colours.green('Nothing is in the way')} of ${product} ${version}${warned.length === 0 ? '' : `, ${count(warned.length, 'warning')}`}.`,
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
