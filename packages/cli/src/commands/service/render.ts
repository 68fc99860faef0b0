import type { UnitPlan, UnitState } from '@bundle/operate';
import { tableText } from '../../shared/render/table.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

/** Shows the whole unit, since it runs with the rights of the system. */
export function servicePlanText(plan: UnitPlan, colours: Colours): string {
  const { path, unit, change, commands } = plan;
  const what = { new: t`to be written`, changed: t`to be replaced`, same: t`already there` }[
    change
  ];
  const lines = unit.text.trimEnd().split('\n');
  return [
    `${colours.bold(visible(path))}: ${what}`,
    ...lines.map((line) => `  ${visible(line)}`),
    '',
    ...commands.map((words) => `  ${visible(words.join(' '))}`),
  ].join('\n');
}

export function installedText({ scope, unit, change }: UnitPlan, colours: Colours): string {
  const what = change === 'same' ? t`Already installed` : t`Installed`;
  const lines = [`${colours.green(what)}  ${visible(unit.name)}`];
  if (scope === 'user')
    lines.push(t`It starts when this user logs in; to start it at boot: loginctl enable-linger`);
  return lines.join('\n');
}

export function stoppedText(name: string, colours: Colours): string {
  return t`${colours.green(t`Removed`)}  the service of ${visible(name)}; the application keeps running`;
}

export function unitsText(name: string, units: readonly UnitState[], colours: Colours): string {
  if (units.length === 0) return t`No service of ${visible(name)} is installed.`;
  const rows = units.map(({ path, enabled = 'unknown', active = 'unknown' }) => [
    visible(path),
    enabled === 'enabled' ? colours.green(enabled) : colours.yellow(visible(enabled)),
    active === 'active' ? colours.green(active) : colours.yellow(visible(active)),
  ]);
  return tableText(['UNIT', 'AT START', 'NOW'], rows, colours);
}
