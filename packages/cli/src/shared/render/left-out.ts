import type { LeftOut } from '@bundle/format';
import { visible } from '../terminal/escape.ts';
import { tableText } from './table.ts';

/** Mounts that are not in a bundle: the operator has to know them. */
export function leftOutText(leftOut: readonly LeftOut[]): string {
  const rows = leftOut.map(({ service, source, reason }) => [
    visible(service),
    visible(source),
    visible(reason),
  ]);
  return tableText(['SERVICE', 'MOUNT', 'WHY'], rows);
}
