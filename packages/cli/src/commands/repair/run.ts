import { repairParts } from '@bundle/verify/repair';
import type { Context, Outcome } from '../../outcome.ts';
import { repairText } from './render.ts';

/** `bundle repair`: fetches what is wrong with the parts of a copy from the original. */
export async function runRepair(
  { onProgress, signal, colours }: Context,
  list: string,
  from: string,
): Promise<Outcome> {
  onProgress({ phase: 'checking parts', doneBytes: 0 });
  const report = await repairParts({ list, from, onProgress, signal });
  return { json: report, text: repairText(list, report, colours) };
}
