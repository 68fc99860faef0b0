import type { BuildStep } from '@bundle/engine';
import {
  firstLine,
  type RebuildableRelease,
  type RebuiltImage,
  type UndoneImage,
} from '@bundle/rebuild';
import { count, secondsText } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

/** Names a step that runs, for progress. */
export function stepDetail(services: readonly string[], { name }: BuildStep): string {
  return `${services.join(', ')}  ${firstLine(name)}`;
}

/** Returns a line for a finished step; undefined while it runs. */
export function stepText(
  services: readonly string[],
  { name, state, seconds }: BuildStep,
  colours: Colours,
): string | undefined {
  if (state === 'running') return undefined;
  const what = `${visible(services.join(', '))}  ${visible(firstLine(name))}`;
  if (state === 'reused') return `${colours.dim(t`reused`)}  ${what}`;
  return state === 'failed'
    ? `${colours.red(t`failed`)}  ${what}`
    : `${colours.green(t`ran`)}     ${what}  ${secondsText(seconds)}`;
}

/** Commands to type after a rebuild. */
export interface NextLines {
  /** Command that starts the result; absent where there is nothing to start. */
  readonly start?: string;
  /** Empty where nothing changed. */
  readonly undo: readonly string[];
}

/**
 * Returns the commands to type next. `tag` is the name given to the result instead of the service’s image; nothing
 * runs it then.
 */
export function nextLines(
  images: readonly RebuiltImage[],
  { instance }: Pick<RebuildableRelease, 'instance'>,
  tag: string | undefined,
  command: (words: string) => string,
): NextLines {
  const changed = images.filter((image) => image.changed);
  if (changed.length === 0) return { undo: [] };
  if (tag !== undefined) {
    const undo = changed.flatMap(({ image, previous }) =>
      previous === undefined ? [] : [visible(`docker tag ${previous} ${image}`)],
    );
    return { undo };
  }
  const services = changed
    .filter(({ previous }) => previous !== undefined)
    .flatMap((image) => image.services);
  const undo = `rebuild --undo ${services.join(' ')} --up --name ${instance.name}`;
  return {
    start: visible(command(`up --name ${instance.name}`)),
    undo: services.length === 0 ? [] : [visible(command(undo))],
  };
}

export function rebuildText(
  rebuilt: readonly RebuiltImage[],
  next: NextLines,
  isStarted: boolean,
  colours: Colours,
): string {
  const blocks = rebuilt.map((image) => {
    const services = visible(image.services.join(', '));
    const unchanged = `${colours.green(t`Up to date`)}: ${colours.bold(services)}, ${visible(image.image)}`;
    if (!image.changed && image.steps.length === 0)
      return t`${unchanged}: the source has not changed, so nothing was built`;
    const reused = image.steps.filter(({ state }) => state === 'reused').length;
    const ran = image.steps.length - reused;
    const head = image.changed
      ? t`${colours.green(t`Rebuilt`)} ${colours.bold(services)} as ${visible(image.image)}`
      : unchanged;
    const steps = t`${count(reused, 'step')} reused, ${count(ran, 'step')} run`;
    return [
      `${head}: ${steps}, ${secondsText(image.seconds)}`,
      t`  image ID: ${image.imageId}`,
      ...(image.restoredModes.length === 0
        ? []
        : [
            t`  modes restored from the export: ${visible(image.restoredModes.slice(0, 5).join(', '))}${image.restoredModes.length > 5 ? ' …' : ''}`,
          ]),
      ...(image.previous === undefined ? [] : [t`  previous: ${visible(image.previous)}`]),
    ].join('\n');
  });
  return [
    ...blocks,
    ...(next.start === undefined || isStarted
      ? []
      : [`${colours.bold(t`To start it`)}\n  ${next.start}`]),
    ...(next.undo.length === 0
      ? []
      : [[colours.bold(t`To undo it`), ...next.undo.map((line) => `  ${line}`)].join('\n')]),
  ].join('\n\n');
}

export function undoneText(
  images: readonly UndoneImage[],
  { instance }: Pick<RebuildableRelease, 'instance'>,
  isStarted: boolean,
  command: (words: string) => string,
  colours: Colours,
): string {
  const lines = images.map(
    ({ services, image, imageId }) =>
      t`${colours.green(t`Undone`)}: ${colours.bold(visible(services.join(', ')))} has ${visible(image)} again\n  image ID: ${imageId}`,
  );
  const start = visible(command(`up --name ${instance.name}`));
  return [...lines, ...(isStarted ? [] : [`${colours.bold(t`To start it`)}\n  ${start}`])].join(
    '\n\n',
  );
}
