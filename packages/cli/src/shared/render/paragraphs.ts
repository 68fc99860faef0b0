import { wrapAnsi } from 'fast-wrap-ansi';
import type { Colours } from '../terminal/colours.ts';
import { isChinese } from '../text/text.ts';

/** Columns beyond which prose is hard to read. */
const maxColumns = 90;

/** Wraps each text to the terminal, behind a mark; further lines are indented as far as the first. */
export function listedText(
  texts: readonly string[],
  mark: string,
  { columns = maxColumns }: Pick<Colours, 'columns'>,
): string {
  const indent = ' '.repeat(mark.length);
  const width = Math.max(Math.min(columns, maxColumns) - mark.length, 10);
  return texts
    .map(
      (text) =>
        `${mark}${wrapAnsi(text, width, { hard: isChinese() }).replaceAll('\n', `\n${indent}`)}`,
    )
    .join('\n');
}
