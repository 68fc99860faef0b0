import { shortHexOf } from '@bundle/format';
import type { HistoryReport, HistoryRow } from '@bundle/host';
import { recordedSigners } from '../../shared/render/signers.ts';
import { tableText } from '../../shared/render/table.ts';
import { count, localTime, timeHead } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

export function historyText(report: HistoryReport, colours: Colours): string {
  const { entries, head, rows, cuts, isTorn } = report;
  if (entries === 0 && !isTorn) return t`Nothing was done on this host yet.`;
  const head0 = [timeHead('TIME'), 'USER', 'WHAT', 'INSTANCE', 'RELEASE', 'SIGNED BY', 'OUTCOME'];
  const notes = [
    ...cuts.map(
      ({ entry, bytes }) =>
        t`Before entry ${entry}, ${count(bytes, 'byte')} of an interrupted entry were cut off.`,
    ),
    ...(isTorn
      ? [t`The last entry is incomplete: the next one completes it, or cuts it off and says so.`]
      : []),
  ];
  return [
    ...(rows.length === 0 ? [] : [tableText(head0, rows.map(rowOf), colours)]),
    ...notes,
    t`${count(entries, entries === 1 ? 'entry' : 'entrie')}, the last one ${head ?? '-'}`,
  ].join('\n\n');
}

function rowOf(row: HistoryRow): string[] {
  const { time, by, action, detail, instance, version, digest, signers, allowed } = row;
  const older = allowed?.includes('older') === true ? ', with --allow-older' : '';
  return [
    localTime(time),
    visible(by.login === undefined ? by.user : t`${by.user} (login ${by.login})`),
    visible(`${action}${detail === undefined ? '' : ` ${detail}`}${older}`),
    instance,
    version === undefined ? '-' : `${version} ${shortHexOf(digest ?? '')}`.trim(),
    visible(recordedSigners(signers)),
    outcomeOf(row),
  ];
}

function outcomeOf({ outcome, code }: HistoryRow): string {
  if (outcome === 'unknown') return t`interrupted, or in progress`;
  return outcome === 'done' ? t`done` : t`failed: ${visible(code ?? 'internal')}`;
}
