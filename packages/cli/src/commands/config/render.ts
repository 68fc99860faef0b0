import { tableText } from '../../shared/render/table.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';

export interface ConfigRow {
  /** That of a section is `COMMAND.KEY`. */
  readonly key: string;
  readonly value?: string | boolean | readonly string[];
  /** File or variable; absent: the default holds. */
  readonly from?: string;
}

export function configText(
  files: readonly { readonly path: string; readonly state: string }[],
  rows: readonly ConfigRow[],
  colours: Colours,
): string {
  const cells = rows.map(({ key, value = '-', from = 'default' }) => [
    key,
    visible(typeof value === 'object' ? value.join(', ') : String(value)),
    visible(from),
  ]);
  return [
    tableText(['KEY', 'VALUE', 'FROM'], cells, colours),
    tableText(
      ['FILE', ''],
      files.map(({ path, state }) => [visible(path), visible(state)]),
      colours,
    ),
  ].join('\n\n');
}
