import type { LeftOut } from '@bundle/format';
import stringWidth from 'fast-string-width';
import { wrapAnsi } from 'fast-wrap-ansi';
import type { Colours } from '../terminal/colours.ts';
import { visible } from '../terminal/escape.ts';

const gap = '  ';
/** A column that is narrower says nothing. */
const minWidth = 6;

/**
 * Lays text out in columns without lines around them, which people can read and tools can cut. On a terminal that is too
 * narrow, cells of the widest columns are wrapped; where that is not enough, each row becomes lines of its own.
 */
export function tableText(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { columns }: Pick<Colours, 'columns'>,
  rightAligned: readonly number[] = [],
): string {
  const all = [head, ...rows];
  const natural = head.map((_, at) => Math.max(...all.map((row) => stringWidth(row[at] ?? ''))));
  const widths = fit(natural, (columns ?? Number.POSITIVE_INFINITY) - gap.length * head.length);
  if (widths === undefined) return rows.map((row) => rowAsLines(head, row)).join('\n\n');
  const isRight = head.map((_, at) => rightAligned.includes(at));
  return all.flatMap((row) => rowLines(row, widths, isRight)).join('\n');
}

/** Takes from the widest column until all fit; undefined where the columns would become too narrow. */
function fit(natural: readonly number[], room: number): readonly number[] | undefined {
  const widths = [...natural];
  for (let over = sum(widths) - room; over > 0; over -= 1) {
    const widest = widths.indexOf(Math.max(...widths));
    const width = (widths[widest] ?? 0) - 1;
    if (width < minWidth) return undefined;
    widths[widest] = width;
  }
  return widths;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function rowLines(
  row: readonly string[],
  widths: readonly number[],
  isRight: readonly boolean[],
): string[] {
  const cells = widths.map((width, at) =>
    wrapAnsi(row[at] ?? '', Math.max(width, 1), { hard: true }).split('\n'),
  );
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const parts = widths.map((width, at) => {
      const text = cells[at]?.[line] ?? '';
      const padding = ' '.repeat(Math.max(width - stringWidth(text), 0));
      return isRight[at] ? padding + text : text + padding;
    });
    return `${gap}${parts.join(gap)}`.trimEnd();
  });
}

function rowAsLines(head: readonly string[], row: readonly string[]): string {
  return head
    .map((name, at) => `${gap}${name === '' ? '' : `${name}: `}${row[at] ?? ''}`.trimEnd())
    .join('\n');
}

/** Mounts that are not in a bundle: the operator has to know them. */
export function leftOutText(leftOut: readonly LeftOut[], colours: Colours): string {
  const rows = leftOut.map(({ service, source, reason }) => [
    visible(service),
    visible(source),
    visible(reason),
  ]);
  return tableText(['SERVICE', 'MOUNT', 'WHY'], rows, colours);
}
