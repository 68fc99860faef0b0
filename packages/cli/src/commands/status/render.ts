import { shellWord } from '@bundle/format';
import type { InstanceStatus } from '@bundle/operate';
import { tableText } from '../../shared/render/table.ts';
import { localTime, timeHead, zonedTime } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t, translated } from '../../shared/text/text.ts';

export function statusText(instances: readonly InstanceStatus[], colours: Colours): string {
  if (instances.length === 0) return t`No application is imported here.`;
  return instances.map((one) => instanceText(one, colours)).join('\n\n');
}

function instanceText(status: InstanceStatus, colours: Colours): string {
  const { name, state, version, since, services, rebuilt, changes, interrupted } = status;
  const { waiting, failed, foreign } = status;
  const colour = state === 'running' ? colours.green : colours.red;
  const what =
    version === undefined ? t`never started` : t`${visible(version)} since ${zonedTime(since)}`;
  const rows = services.map((one) => [
    visible(one.service),
    visible(translated(one.why)),
    localTime(one.startedAt),
    String(one.restarts),
  ]);
  return [
    `${colours.bold(visible(name))}  ${what}  ${version === undefined ? translated(state) : colour(translated(state))}`,
    ...(rows.length > 0
      ? [tableText(['SERVICE', 'STATE', timeHead('STARTED'), 'RESTARTS'], rows, colours, [3])]
      : []),
    ...(interrupted === undefined
      ? []
      : [
          t`  ${colours.red(t`interrupted`)}: the change to ${visible(interrupted.to)} (${translated(interrupted.step)}). \`bundle up\` finishes it, \`bundle rollback\` undoes it.`,
        ]),
    ...foreign.map(foreignLine),
    ...rebuilt.map(({ service, runs }) =>
      runs
        ? t`  rebuilt here: ${visible(service)}`
        : t`  rebuilt here: ${visible(service)}, not started yet; \`bundle up\` starts it`,
    ),
    ...changes.map((change) => t`  changed by hand: ${visible(translated(change))}`),
    ...failed.map(
      ({ release, at, why }) =>
        `  ${colours.red(t`failed to start`)}: ${visible(release)}, ${zonedTime(at)}: ${visible(translated(why))}`,
    ),
    ...(waiting.length > 0
      ? [t`  imported, never started: ${waiting.map(visible).join(', ')}`]
      : []),
  ].join('\n');
}

function foreignLine({ workingDir, stateDir }: InstanceStatus['foreign'][number]): string {
  return stateDir === undefined
    ? t`  other containers have this name: a project in ${visible(workingDir)}`
    : t`  runs from another state folder: bundle status --state-dir ${visible(shellWord(stateDir))} (with sudo where that folder is root's)`;
}
