import type { BuildStep } from '@bundle/engine';
import { paths, shellWord } from '@bundle/format';
import { firstLine, type RebuildableRelease, type RebuiltImage } from '@bundle/rebuild';
import { count, secondsText } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';

/** One line for a step that has ended; none while it runs. */
export function stepText(
  services: readonly string[],
  { name, state, seconds }: BuildStep,
  colours: Colours,
): string | undefined {
  if (state === 'running') return undefined;
  const what = `${visible(services.join(', '))}  ${visible(firstLine(name))}`;
  if (state === 'reused') return `${colours.dim('reused')}  ${what}`;
  return state === 'failed'
    ? `${colours.red('failed')}  ${what}`
    : `${colours.green('ran')}     ${what}  ${secondsText(seconds)}`;
}

export function rebuildText(
  rebuilt: readonly RebuiltImage[],
  release: RebuildableRelease,
  isStarted: boolean,
  colours: Colours,
): string {
  const blocks = rebuilt.map((image) => {
    const reused = image.steps.filter(({ state }) => state === 'reused').length;
    const ran = image.steps.length - reused;
    const services = visible(image.services.join(', '));
    const head = image.changed
      ? `${colours.green('Rebuilt')} ${colours.bold(services)} as ${visible(image.image)}`
      : `${colours.green('Up to date')}: ${colours.bold(services)}, ${visible(image.image)}`;
    const steps = `${count(reused, 'step')} reused, ${count(ran, 'step')} run`;
    return [
      `${head}: ${steps}, ${secondsText(image.seconds)}`,
      `  image ID: ${image.imageId}`,
      ...(image.restoredModes.length === 0
        ? []
        : [
            `  modes as at the export: ${visible(image.restoredModes.slice(0, 5).join(', '))}${image.restoredModes.length > 5 ? ' …' : ''}`,
          ]),
      ...(image.previous === undefined ? [] : [`  before:   ${visible(image.previous)}`]),
    ].join('\n');
  });
  const changed = rebuilt.filter((image) => image.changed);
  const undo = undoLines(rebuilt, release);
  return [
    ...blocks,
    ...(changed.length === 0 || isStarted
      ? []
      : [`${colours.bold('To start it')}\n  ${startLine(changed, release)}`]),
    ...(undo.length === 0
      ? []
      : [[colours.bold('To undo it'), ...undo.map((line) => `  ${line}`)].join('\n')]),
  ].join('\n\n');
}

/** What to type to have the images of before again; empty where nothing changed. */
export function undoLines(rebuilt: readonly RebuiltImage[], release: RebuildableRelease): string[] {
  const changed = rebuilt.filter((image) => image.changed);
  const tags = changed.flatMap(({ image, previous }) =>
    previous === undefined ? [] : [visible(`docker tag ${previous} ${image}`)],
  );
  return tags.length === 0 ? [] : [...tags, startLine(changed, release)];
}

function startLine(
  images: readonly RebuiltImage[],
  { instance, folder }: RebuildableRelease,
): string {
  const files = [paths.compose, paths.composeOffline]
    .map((name) => `-f ${shellWord(`${folder}/${name}`)}`)
    .join(' ');
  const services = images.flatMap((image) => image.services).join(' ');
  return visible(
    `docker compose -p ${instance.name} ${files} up -d --no-deps --pull never --no-build ${services}`,
  );
}
