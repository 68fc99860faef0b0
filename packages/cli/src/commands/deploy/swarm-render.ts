import type { StackNote } from '@bundle/compose';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

/** Lists the fields of the Compose file without an equivalent in a stack. */
export function notesText(notes: readonly StackNote[]): string[] {
  if (notes.length === 0) return [];
  return [
    '',
    t`Not in the stack`,
    ...notes.map(
      ({ service, fields }) =>
        `  ${service === undefined ? '' : `${visible(service)}: `}${fields.map(visible).join(', ')}`,
    ),
  ];
}
