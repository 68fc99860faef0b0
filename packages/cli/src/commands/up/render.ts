import { shortDigest } from '@bundle/format';
import type { UpPlan, UpReport } from '@bundle/operate';
import { nextText } from '../../shared/render/next.ts';
import { permissionText } from '../../shared/render/permissions.ts';
import { tableText } from '../../shared/render/table.ts';
import { secondsText } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t, translated } from '../../shared/text/text.ts';
import type { AfterStart } from './next-steps.ts';

/** Describes the change before it is made. */
export function planText(plan: UpPlan, colours: Colours): string {
  const { name, from, to, services, volumes, boundVolumes, backup, restore } = plan;
  const head =
    from === undefined
      ? t`Start ${to}`
      : from === to
        ? t`Start ${to} again`
        : t`${plan.action === 'rollback' ? t`Roll back` : t`Change`} from ${from} to ${to}`;
  const rows = services.map(({ service, change, image }) => [
    visible(service),
    translated(change),
    visible(image),
  ]);
  return [
    `${colours.bold(visible(name))}: ${visible(head)}`,
    tableText(['SERVICE', 'CHANGE', 'IMAGE'], rows, colours),
    ...(services.some(({ change }) => change === 'same image')
      ? [t`  same image: restarted only if its settings, mounted files or definition changed`]
      : []),
    ...permissionLines(plan),
    ...waitingLines(plan),
    ...settingsLines(plan),
    ...handLines(plan),
    ...(restore === undefined
      ? []
      : [t`  volumes: restored from the copy ${visible(restore)}; anything written since is lost`]),
    ...(backup && volumes.length > 0
      ? [
          t`  volumes: ${volumes.map(visible).join(', ')} are copied first; the services are stopped meanwhile`,
        ]
      : []),
    ...(volumes.length > 0 && from !== undefined && from !== to && !backup
      ? [
          t`  volumes: ${volumes.map(visible).join(', ')} stay as they are. What ${plan.action === 'rollback' ? t`the newer release` : t`the new release`} writes into them is not rolled back; --backup-volumes copies them first`,
        ]
      : []),
    ...(boundVolumes.length > 0 && (backup || (from !== undefined && from !== to))
      ? [
          t`  volumes: ${boundVolumes.map(visible).join(', ')} are folders, disks or shares outside the engine: neither copied nor rolled back`,
        ]
      : []),
  ].join('\n');
}

function permissionLines({ permissions }: UpPlan): string[] {
  return permissions.length === 0
    ? []
    : [
        t`  asks for this of the host:`,
        ...permissions.map(
          (one) => `    ${visible(`${one.service} ${translated(permissionText(one))}`)}`,
        ),
      ];
}

function waitingLines({ waiting }: UpPlan): string[] {
  if (waiting.length === 0) return [];
  const services = waiting.map(
    ({ service, profiles }) => `${visible(service)} (${visible(profiles.join(', '))})`,
  );
  return [t`  only with a profile: ${services.join(', ')}; --set COMPOSE_PROFILES=NAMES chooses`];
}

function settingsLines({ settings, to, from }: UpPlan): string[] {
  const { added, removed, changedDefaults, differing, files, toFill } = settings;
  const list = (names: readonly string[]): string => names.map(visible).join(', ');
  return [
    ...files.map(
      ({ path, origin }) =>
        t`  file ${visible(path)}: ${origin === 'kept' ? t`changed` : translated(origin)}`,
    ),
    ...(toFill.length === 0 ? [] : [t`  to fill in: ${list(toFill)}`]),
    ...(added.length === 0 ? [] : [t`  new settings: ${list(added)}`]),
    ...(removed.length === 0 ? [] : [t`  no longer used: ${list(removed)}`]),
    ...changedDefaults.map(
      ({ name, before, after }) =>
        t`  default of ${visible(name)}: ${visible(before) || t`none`} before, now ${visible(after) || t`none`}`,
    ),
    ...(differing.length === 0 || from === undefined
      ? []
      : [
          t`  ${from === to ? t`current settings` : t`settings of ${visible(to)}`} that differ from those in use: ${list(differing)}`,
        ]),
  ];
}

function handLines({ localImages, changedFiles, from }: UpPlan): string[] {
  return [
    ...localImages.map(({ service, imageId, kept, rebuilt }) =>
      rebuilt
        ? t`  ${visible(service)} runs an image rebuilt here (${shortDigest(imageId)}); --reset restores the release's image`
        : kept
          ? t`  ${visible(service)} keeps the image put there by hand (${shortDigest(imageId)}); --reset restores the release's image`
          : t`  ${visible(service)} runs an image put there by hand (${shortDigest(imageId)}); it is replaced now, and returns with ${visible(from ?? '')}`,
    ),
    ...(changedFiles.length === 0
      ? []
      : [
          t`  changed by hand in ${visible(from ?? '')}, and not in the other release: ${changedFiles.map(visible).join(', ')}`,
        ]),
  ];
}

/** Returns the text of the result. `after`: what to open and to type, where the release runs. */
export function upText(report: UpReport, after: AfterStart | undefined, colours: Colours): string {
  const { outcome, name, running, services, seconds, backup, plan } = report;
  const what = `${visible(name)}: ${visible(running ?? t`nothing`)}`;
  const table = tableText(
    ['SERVICE', 'STATE'],
    services.map(({ service, why }) => [visible(service), visible(translated(why))]),
    colours,
  );
  switch (outcome) {
    case 'previewed':
      return [
        ...(plan === undefined ? [] : [planText(plan, colours)]),
        t`Nothing was changed.`,
      ].join('\n\n');
    case 'declined':
      return t`Nothing was changed.`;
    case 'already running':
      return [
        `${colours.green(t`Already running`)}  ${what}, ${secondsText(seconds)}`,
        table,
        ...afterTexts(after, colours),
      ].join('\n\n');
    case 'started':
      return [
        `${colours.green(t`Runs`)}  ${what}, ${secondsText(seconds)}`,
        table,
        ...(backup === undefined ? [] : [t`Copy of the previous volumes: ${visible(backup)}`]),
        ...afterTexts(after, colours),
      ].join('\n\n');
    case 'rolled back':
      return t`${colours.yellow(t`Rolled back`)}  ${what} runs, ${secondsText(seconds)}${services.length > 0 ? `\n\n${table}` : ''}`;
  }
}

/** Number of addresses to show; further ones are seldom pages for people. */
const maxAddresses = 5;

function afterTexts(after: AfterStart | undefined, colours: Colours): string[] {
  if (after === undefined) return [];
  const { addresses, steps } = after;
  const [first, ...others] = addresses.slice(0, maxAddresses);
  const lines =
    first === undefined
      ? []
      : others.length === 0
        ? [`${colours.bold(t`Open`)}  ${visible(first.url)}`]
        : [
            colours.bold(t`Open`),
            ...[first, ...others].map(
              ({ service, url }) => `  ${visible(url)}  ${visible(service)}`,
            ),
          ];
  return [...(lines.length === 0 ? [] : [lines.join('\n')]), nextText(steps, colours)];
}
