import { isHostOwn } from '@bundle/compose';
import type { LeftOut } from '@bundle/format';
import stringWidth from 'fast-string-width';
import { wrapAnsi } from 'fast-wrap-ansi';
import type { Colours } from '../terminal/colours.ts';
import { visible } from '../terminal/escape.ts';
import { translated } from '../text/text.ts';

const gap = '  ';
/** Minimum width of a useful column. */
const minWidth = 6;

/**
 * Lays out text in columns without lines around them, easy to read and to cut with tools. On a narrow terminal, the
 * cells of the widest columns are wrapped; if that is not enough, each row becomes a group of lines.
 */
export function tableText(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { columns }: Pick<Colours, 'columns'>,
  rightAligned: readonly number[] = [],
): string {
  const titles = head.map(translated);
  const all = [titles, ...rows];
  // Arguments of one call are limited to some 100,000.
  const natural = head.map((_, at) =>
    all.reduce((most, row) => Math.max(most, stringWidth(row[at] ?? '')), 0),
  );
  const widths = fit(natural, (columns ?? Number.POSITIVE_INFINITY) - gap.length * head.length);
  if (widths === undefined) return rows.map((row) => rowAsLines(titles, row)).join('\n\n');
  const isRight = head.map((_, at) => rightAligned.includes(at));
  return all.flatMap((row) => rowLines(row, widths, isRight)).join('\n');
}

/** Returns how many columns of a terminal a text takes: Chinese takes two for each character. */
export function columnsOf(text: string): number {
  return stringWidth(text);
}

/** Fills a text with spaces up to a number of columns. */
export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(columns - stringWidth(text), 0));
}

/** Narrows the widest columns until all fit; undefined if they would become too narrow. */
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

/**
 * Lists what is not in a bundle, one line for each source, and nothing of what every host has of its own; undefined where
 * that is all.
 */
export function leftOutText(leftOut: readonly LeftOut[], colours: Colours): string | undefined {
  const services = new Map<string, string[]>();
  for (const { service, source, reason } of leftOut) {
    if (isHostOwn(source)) continue;
    const key = JSON.stringify([source, reason]);
    services.set(key, [...new Set([...(services.get(key) ?? []), service])]);
  }
  if (services.size === 0) return undefined;
  const rows = leftOut.flatMap(({ source, reason }) => {
    const key = JSON.stringify([source, reason]);
    const names = services.get(key);
    services.delete(key);
    return names === undefined
      ? []
      : [[visible(source), visible(translated(reason)), visible(names.join(', '))]];
  });
  return tableText(['MOUNT', 'WHY', 'SERVICES'], rows, colours);
}
