import { BundleError, defined } from '@bundle/format';
import { type HistoryReport, historyPlacesOf, reportHistory } from '@bundle/host';
import type { Context, Outcome } from '../../outcome.ts';
import { stateFolder } from '../../shared/folders.ts';
import type { HistoryChoice } from './definition.ts';
import { historyText } from './render.ts';

/** `bundle history`: shows the log of this host, and whether it is whole. */
export async function runHistory(
  context: Context,
  { stateDir: chosen, last, name }: HistoryChoice,
): Promise<Outcome> {
  const stateDir = stateFolder(chosen, context);
  const report = await reportHistory(stateDir, last, name);
  const error = damage(report, historyPlacesOf(stateDir).log);
  return { json: report, text: historyText(report, context.colours), ...defined({ error }) };
}

function damage({ broken }: HistoryReport, log: string): BundleError | undefined {
  if (broken === undefined) return undefined;
  return new BundleError('history-damaged', {
    operation: 'checking the log',
    subject: log,
    expected: 'entries with the digest of the previous one',
    found: `entry ${broken.entry}: ${broken.why}`,
    hint: 'Somebody changed the log, or its disk is damaged: this entry, or the one before it. Earlier ones are as they were written.',
  });
}
