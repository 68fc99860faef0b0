import { repairParts } from '@bundle/verify/repair';
import type { Context, Outcome } from '../../outcome.ts';
import { repairText } from './render.ts';

/** Runs `bundle repair`: copies bad parts again from the original. */
export async function runRepair(
  { onProgress, signal, colours }: Context,
  list: string,
  from: string,
): Promise<Outcome> {
  onProgress({ phase: 'checking parts', doneBytes: 0 });
  const report = await repairParts({ list, from, onProgress, signal });
  return { json: report, text: repairText(list, report, colours) };
}
