import type { PushReport } from '@bundle/push';
import { bytesText, count, secondsText } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

/** Describes what was pushed, or would be. */
export function pushedText(
  { images, uploaded, mounted, present, seconds }: PushReport,
  { dryRun, output }: { readonly dryRun: boolean; readonly output?: string },
  colours: Colours,
): string {
  const verb = dryRun ? colours.bold(t`Would push`) : colours.green(t`Pushed`);
  const amounts = [
    t`${amountText(uploaded)} sent`,
    ...(mounted.blobs > 0 ? [t`${amountText(mounted)} mounted`] : []),
    ...(present.blobs > 0 ? [t`${amountText(present)} there already`] : []),
  ];
  const lines = [
    t`${verb} ${count(images.length, 'image')} in ${secondsText(seconds)}: ${amounts.join(t`, `)}`,
    ...images.map(
      ({ pushed, unchanged }) => `  ${visible(pushed)}${unchanged ? t`  (unchanged)` : ''}`,
    ),
  ];
  const without = images.filter(({ withoutIndex }) => withoutIndex);
  if (without.length > 0) {
    lines.push(
      t`Without the index over all platforms, because the registry lacks the others: ${without.map(({ reference }) => visible(reference)).join(', ')}`,
    );
  }
  if (output !== undefined) {
    lines.push('', t`Next`, `  docker compose -f docker-compose.yml -f ${visible(output)} up -d`);
  }
  return lines.join('\n');
}

function amountText({ blobs, bytes }: PushReport['mounted']): string {
  return t`${count(blobs, 'blob')} (${bytesText(bytes)})`;
}
