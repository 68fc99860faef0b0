import type { RepairReport } from '@bundle/verify/repair';
import { count } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

export function repairText(
  list: string,
  { checked, repaired }: RepairReport,
  colours: Colours,
): string {
  if (repaired.length === 0)
    return t`${colours.green(t`OK`)} ${visible(list)}: ${count(checked, 'part')}, nothing to repair`;
  return [
    `${colours.green(t`Repaired`)} ${count(repaired.length, 'part')} of ${checked}`,
    ...repaired.map(({ name, why }) => `  ${visible(name)}  ${visible(why)}`),
  ].join('\n');
}
