import type { RemovePlan, RemoveReport } from '@bundle/operate';
import type { Colours } from '../terminal/colours.ts';
import { visible } from '../terminal/escape.ts';
import { translated } from '../text/text.ts';
import { count } from './words.ts';

export function removePlanText(plan: RemovePlan, colours: Colours): string {
  const { name, releases, images, kept, containers, volumes, keptVolumes, mounts, backups, units } =
    plan;
  const line = (what: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`  ${what}: ${names.map(visible).join(', ')}`];
  return [
    `${colours.bold(visible(name))}: to be removed`,
    ...line('releases', releases),
    ...line('service', units),
    ...line('containers', containers),
    ...line('images', images),
    ...line('volumes, with all data', volumes),
    ...line('mounted folders and files, with all data', mounts),
    ...line('copies of volumes', backups),
    ...keptLines({ kept, keptVolumes }),
  ].join('\n');
}

export function removedText(report: RemoveReport, colours: Colours): string {
  return removalText(report.outcome, removePlanText(report, colours), () =>
    [
      `${colours.green('Removed')}  ${visible(report.name)}: ${count(report.releases.length, 'release')}, ${count(report.images.length, 'image name')}`,
      ...keptLines(report),
    ].join('\n'),
  );
}

/** Says how a removal ended. `removed` describes what is gone. */
export function removalText(
  outcome: RemoveReport['outcome'],
  plan: string,
  removed: () => string,
): string {
  switch (outcome) {
    case 'nothing to do':
      return 'Nothing to remove.';
    case 'declined':
      return 'Nothing was removed.';
    case 'previewed':
      return `${plan}\n\nNothing was removed.`;
    case 'removed':
      return removed();
  }
}

/** One line for each volume, and one for all images that stay for the same reason. */
function keptLines({ kept, keptVolumes }: Pick<RemovePlan, 'kept' | 'keptVolumes'>): string[] {
  return [
    ...keptVolumes.map((name) => `  kept ${visible(name)}: a volume, with its data (--volumes)`),
    ...keptImages(kept),
  ];
}

/** One line for all images that stay for the same reason. */
export function keptImages(kept: RemovePlan['kept']): string[] {
  const reasons = [...new Set(kept.map(({ why }) => why))];
  return reasons.map((why) => {
    const images = kept.filter((one) => one.why === why).map(({ image }) => visible(image));
    return `  kept ${images.join(', ')}: ${visible(translated(why))}`;
  });
}
