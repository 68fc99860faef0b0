import { basename, dirname } from 'node:path';
import type { BuildStep } from '@bundle/engine';
import { paths, shellWord } from '@bundle/format';
import { firstLine, type RebuiltImage, type Release } from '@bundle/rebuild';
import type { Colours } from '../colours.ts';
import { visible } from '../escape.ts';
import { count, secondsText } from './table.ts';

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
  { folder }: Release,
  isStarted: boolean,
  colours: Colours,
): string {
  const compose = `docker compose -p ${basename(dirname(folder))} -f ${shellWord(`${folder}/${paths.compose}`)} -f ${shellWord(`${folder}/${paths.composeOffline}`)} up -d --no-deps --pull never --no-build`;
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
  const names = changed.flatMap(({ services }) => services).join(' ');
  const undo = changed.flatMap(({ image, previous }) =>
    previous === undefined ? [] : [`  docker tag ${previous} ${image}`],
  );
  return [
    ...blocks,
    ...(changed.length === 0 || isStarted
      ? []
      : [`${colours.bold('To start it')}\n  ${visible(compose)} ${visible(names)}`]),
    ...(undo.length === 0
      ? []
      : [
          `${colours.bold('To undo it')}\n${undo.map(visible).join('\n')}\n  ${visible(compose)} ${visible(names)}`,
        ]),
  ].join('\n\n');
}
