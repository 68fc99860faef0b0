import type { VanishedPlan, VanishedReport } from '@bundle/operate';
import { keptImages, removalText } from '../../shared/render/removal.ts';
import { count } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

/** Says that deleted state folders left something on the engine. */
export function vanishedHint(plan: VanishedPlan): string {
  return t`Images of ${instancesText(plan)} are still on the engine, and that folder no longer exists: \`bundle prune --vanished\` removes them.`;
}

export function vanishedPlanText(plan: VanishedPlan, colours: Colours): string {
  const { images, kept } = plan;
  return [
    `${colours.bold(t`No longer here`)}: ${instancesText(plan)}`,
    ...(images.length === 0 ? [] : [t`  images to be removed: ${images.map(visible).join(', ')}`]),
    ...keptImages(kept),
  ].join('\n');
}

export function vanishedText(report: VanishedReport, colours: Colours): string {
  return removalText(report.outcome, vanishedPlanText(report, colours), () =>
    [
      t`${colours.green(t`Removed`)}  what ${instancesText(report)} left: ${count(report.images.length, 'image name')}`,
      ...keptImages(report.kept),
    ].join('\n'),
  );
}

function instancesText({ instances }: VanishedPlan): string {
  return instances
    .map(({ name, stateDir }) => `${visible(name)} in ${visible(stateDir)}`)
    .join(', ');
}
