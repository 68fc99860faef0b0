import type { LeftOut } from '@bundle/format';
import Table from 'cli-table3';
import { visible } from '../terminal/escape.ts';

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '  ',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

/** Columns without lines around them, which can be read by people and cut by tools. */
export function tableText(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  rightAligned: readonly number[] = [],
): string {
  const table = new Table({
    head: [...head],
    chars: noBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, index) => (rightAligned.includes(index) ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString().replace(/ +$/gm, '');
}

/** Mounts that are not in a bundle: the operator has to know them. */
export function leftOutText(leftOut: readonly LeftOut[]): string {
  const rows = leftOut.map(({ service, source, reason }) => [
    visible(service),
    visible(source),
    visible(reason),
  ]);
  return tableText(['SERVICE', 'MOUNT', 'WHY'], rows);
}
