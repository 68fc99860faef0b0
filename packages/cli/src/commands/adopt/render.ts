import type { FileDecision } from '@bundle/adopt';
import { tableText } from '../../shared/render/table.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t, translated } from '../../shared/text/text.ts';

/** Says what becomes of each file of the folder. */
export function decisionsText(decisions: readonly FileDecision[], colours: Colours): string {
  const rows = decisions.map(({ path, decision, why }) => [
    visible(path),
    translated(decision),
    visible(translated(why)),
  ]);
  const table = tableText(['FILE', 'DECISION', 'WHY'], rows, colours);
  return `${colours.bold(t`The folder`)}\n${table}`;
}
