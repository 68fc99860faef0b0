import type { InstanceState } from '@bundle/host';
import { tableText } from '../../shared/render/table.ts';
import { count, localTime, timeHead } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

export function releasesText(state: InstanceState, colours: Colours): string {
  const { name, releases, current, journal } = state;
  const rows = releases.map(({ name: release, manifest, staged }) => {
    const last = journal?.history.findLast((entry) => entry.release === release);
    const failed = journal?.failed.find((entry) => entry.release === release);
    const marks = [
      ...(journal?.running?.release === release ? ['running'] : []),
      ...(current === release ? ['current'] : []),
      ...(journal?.pending?.to === release ? ['interrupted'] : []),
      ...(failed === undefined ? [] : [t`failed ${localTime(failed.at)}`]),
    ];
    return [
      visible(manifest.version),
      release.slice(-12),
      localTime(staged),
      localTime(last?.since),
      last?.backup ? 'yes' : '-',
      marks.join(', '),
    ];
  });
  const head = [
    'VERSION',
    'DIGEST',
    timeHead('IMPORTED'),
    timeHead('STARTED'),
    'VOLUMES COPIED',
    '',
  ];
  return `${colours.bold(visible(name))}: ${count(releases.length, 'release')}\n\n${tableText(head, rows, colours)}`;
}
