import type { HostInstance, HostReport, ReadReceipts } from '@bundle/verify';
import { recordedSigners, signersText } from '../../shared/render/signers.ts';
import { tableText } from '../../shared/render/table.ts';
import { localTime, timeHead } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

export function receiptsText(
  hosts: readonly HostReport[],
  refused: ReadReceipts['refused'],
  colours: Colours,
): string {
  const head = [
    'HOST',
    'INSTANCE',
    'RELEASE',
    timeHead('RUNS SINCE'),
    'LACKS',
    'BUNDLE',
    'RECEIPT',
  ];
  const rows = hosts.flatMap((host) => {
    const name = visible(host.host);
    const signed = signersText(host.signatures).replaceAll('\n', ', ');
    if (host.instances.length === 0) return [[name, '-', '-', '-', '-', '-', signed]];
    return host.instances.map((one) => [name, ...cellsOf(one), signed]);
  });
  const warnings = hosts.flatMap(({ host, warnings }) =>
    warnings.map((words) => `${colours.yellow(t`warning:`)} ${visible(host)}: ${words}`),
  );
  const bad = refused.map(
    ({ file, error }) =>
      `${colours.yellow(t`refused:`)} ${visible(file)}: ${visible(error.details.found ?? error.message)}`,
  );
  const table = rows.length === 0 ? t`No receipt was accepted.` : tableText(head, rows, colours);
  return [table, ...warnings, ...bad].join('\n');
}

function cellsOf({ instance, release, lacks, waiting }: HostInstance): string[] {
  const missing = [
    ...lacks.map(({ version }) => version),
    ...waiting.map(({ version }) => t`${version} (there, not started)`),
  ];
  return [
    instance,
    `${release.product} ${release.version}`,
    localTime(release.running),
    missing.join(', ') || 'nothing',
    visible(recordedSigners(release.signers)),
  ];
}
