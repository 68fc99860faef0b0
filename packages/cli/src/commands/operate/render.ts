import type { InstanceState } from '@bundle/host';
import type { InstanceStatus, RemovePlan, RemoveReport } from '@bundle/operate';
import { tableText } from '../../shared/render/table.ts';
import { count } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';

export function statusText(instances: readonly InstanceStatus[], colours: Colours): string {
  if (instances.length === 0) return 'No application is imported here.';
  return instances.map((one) => instanceText(one, colours)).join('\n\n');
}

function instanceText(status: InstanceStatus, colours: Colours): string {
  const { name, state, version, since, services, rebuilt, changes, interrupted, waiting } = status;
  const colour = state === 'running' ? colours.green : colours.red;
  const what =
    version === undefined ? 'never started' : `${visible(version)} since ${minutes(since)}`;
  const rows = services.map((one) => [
    visible(one.service),
    visible(one.why),
    minutes(one.startedAt),
    String(one.restarts),
  ]);
  return [
    `${colours.bold(visible(name))}  ${what}  ${version === undefined ? state : colour(state)}`,
    ...(rows.length > 0 ? [tableText(['SERVICE', 'STATE', 'STARTED', 'RESTARTS'], rows, [3])] : []),
    ...(interrupted === undefined
      ? []
      : [
          `  ${colours.red('interrupted')}: the change to ${visible(interrupted.to)} (${interrupted.step}). \`bundle up\` finishes it, \`bundle rollback\` goes back.`,
        ]),
    ...rebuilt.map(({ service, runs }) =>
      runs
        ? `  rebuilt here: ${visible(service)}`
        : `  rebuilt here: ${visible(service)}, not started yet; \`bundle up\` starts it`,
    ),
    ...changes.map((change) => `  changed by hand: ${visible(change)}`),
    ...(waiting.length > 0
      ? [`  imported, never started: ${waiting.map(visible).join(', ')}`]
      : []),
  ].join('\n');
}

/** RFC 3339 as people read it: `2026-01-01 12:00`, in UTC. */
function minutes(moment: string | undefined): string {
  if (moment === undefined || moment === '' || moment.startsWith('0001')) return '-';
  return `${moment.slice(0, 16).replace('T', ' ')} UTC`;
}

export function releasesText(state: InstanceState, colours: Colours): string {
  const { name, releases, current, journal } = state;
  const rows = releases.map(({ name: release, manifest, staged }) => {
    const last = journal?.history.findLast((entry) => entry.release === release);
    const marks = [
      ...(journal?.running?.release === release ? ['running'] : []),
      ...(current === release ? ['current'] : []),
      ...(journal?.pending?.to === release ? ['interrupted'] : []),
    ];
    return [
      visible(manifest.version),
      release.slice(-12),
      minutes(staged),
      minutes(last?.since),
      last?.backup ? 'yes' : '-',
      marks.join(', '),
    ];
  });
  const head = ['VERSION', 'DIGEST', 'IMPORTED', 'STARTED', 'VOLUMES COPIED', ''];
  return `${colours.bold(visible(name))}: ${count(releases.length, 'release')}\n\n${tableText(head, rows)}`;
}

export function removePlanText(plan: RemovePlan, colours: Colours): string {
  const { name, releases, images, containers, volumes, backups, units } = plan;
  const line = (what: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`  ${what}: ${names.map(visible).join(', ')}`];
  return [
    `${colours.bold(visible(name))}: to be removed`,
    ...line('releases', releases),
    ...line('service', units),
    ...line('containers', containers),
    ...line('images', images),
    ...line('volumes, with all data', volumes),
    ...line('copies of volumes', backups),
  ].join('\n');
}

export function removedText(report: RemoveReport, colours: Colours): string {
  switch (report.outcome) {
    case 'nothing to do':
      return 'Nothing to remove.';
    case 'declined':
      return 'Nothing was removed.';
    case 'previewed':
      return `${removePlanText(report, colours)}\n\nNothing was removed.`;
    case 'removed':
      return [
        `${colours.green('Removed')}  ${visible(report.name)}: ${count(report.releases.length, 'release')}, ${count(report.images.length - report.kept.length, 'image name')}`,
        ...report.kept.map(({ image, why }) => `  kept ${visible(image)}: ${visible(why)}`),
      ].join('\n');
  }
}
