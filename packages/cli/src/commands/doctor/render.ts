import { BundleError } from '@bundle/format';
import type { Check, CheckState } from '@bundle/rebuild';
import type { Outcome } from '../../outcome.ts';
import { columnsOf, padEnd } from '../../shared/render/table.ts';
import { count } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t, translated } from '../../shared/text/text.ts';

export function doctorOutcome(checks: readonly Check[], colours: Colours): Outcome {
  const stateWidth = Math.max(...checks.map(({ state }) => columnsOf(translated(state))));
  const width = Math.max(...checks.map(({ name }) => name.length));
  const paint: Record<CheckState, (text: string) => string> = {
    ok: colours.green,
    warning: colours.yellow,
    problem: colours.red,
    skipped: colours.dim,
  };
  const lines = checks.flatMap(({ name, state, found, hint }) => [
    `${paint[state](padEnd(translated(state), stateWidth))}  ${visible(name.padEnd(width))}  ${visible(translated(found))}`,
    ...(hint === undefined
      ? []
      : [`${' '.repeat(stateWidth + width + 4)}→ ${visible(translated(hint))}`]),
  ]);
  const problems = checks.filter(({ state }) => state === 'problem');
  const ok = problems.length === 0;
  return {
    json: { ok, checks },
    text: [...lines, ...(ok ? ['', colours.green(t`Nothing prevents a rebuild.`)] : [])].join('\n'),
    ...(ok
      ? {}
      : {
          error: new BundleError('rebuild-unavailable', {
            operation: 'checking what rebuilds need',
            expected: 'no problems',
            found: `${count(problems.length, 'problem')}: ${problems.map(({ name }) => name).join(', ')}`,
            hint: 'Follow the advice after each arrow above, then run bundle doctor again.',
          }),
        }),
  };
}
