import type {
  DeployPlan,
  DeployReport,
  HostEvent,
  HostPlan,
  HostReport,
  HostStatus,
} from '@bundle/fleet';
import { tableText } from '../../shared/render/table.ts';
import { bytesText, count, localTime, secondsText, timeHead } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t, translated } from '../../shared/text/text.ts';

/** Describes what a deployment would do, one host a line. */
export function planText(plan: DeployPlan, colours: Colours): string {
  const { hosts, product, version, goesOn } = plan;
  const bytes = hosts.reduce((sum, { lackingBytes }) => sum + lackingBytes, 0);
  return [
    t`${colours.bold(`${visible(product)} ${visible(version)}`)} to ${count(hosts.length, 'host')}, ${bytesText(bytes)} in all`,
    ...(goesOn ? [t`An interrupted deployment of this release goes on.`] : []),
    planTable(plan, colours),
  ].join('\n');
}

function planTable({ hosts }: DeployPlan, colours: Colours): string {
  const rows = hosts.map(({ host, before, action, isCanary, lackingBytes }) => [
    visible(host),
    before === undefined ? '-' : visible(before),
    actionText(action, isCanary),
    action === 'already running' ? '-' : bytesText(lackingBytes),
  ]);
  return tableText(['HOST', 'RUNS', 'ACTION', 'LACKS'], rows, colours, [3]);
}

function actionText(action: HostPlan['action'], isCanary: boolean): string {
  if (action === 'already running') return t`already running`;
  if (action === 'new settings') return isCanary ? t`new settings, first` : t`new settings`;
  return isCanary ? t`deploy, first` : t`deploy`;
}

function outcomeText(outcome: HostReport['outcome']): string {
  switch (outcome) {
    case 'deployed':
      return t`deployed`;
    case 'already running':
      return t`already running`;
    case 'failed':
      return t`failed`;
    case 'returned':
      return t`rolled back`;
    case 'untouched':
      return t`not touched`;
    case 'unknown':
      return t`unknown`;
  }
}

/** Describes what happened on a host, in one line. */
export function eventText(event: HostEvent, colours: Colours): string {
  const host = visible(event.host);
  switch (event.what) {
    case 'sent':
      return t`  ${host}: ${bytesText(event.bytes)} sent`;
    case 'failed':
      return t`  ${host}: ${colours.red(visible(event.error.message))}`;
    case 'deployed':
      return t`  ${host}: ${colours.green(t`runs the release`)}`;
    case 'returned':
      return t`  ${host}: rolled back`;
    case 'removed':
      return t`  ${host}: removed again, nothing ran there before`;
    case 'again':
      return t`  ${host}: connection lost, connecting again`;
  }
}

/** Describes the end of a deployment. */
export function deployedText(report: DeployReport, seconds: number, colours: Colours): string {
  const { outcome, hosts, product, version } = report;
  const release = `${visible(product)} ${visible(version)}`;
  const rows = hosts.map((one) => [
    visible(one.host),
    outcomeText(one.outcome),
    one.before === undefined ? '-' : visible(one.before),
    bytesText(one.lackingBytes),
    bytesText(one.sentBytes),
  ]);
  const sent = hosts.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
  const head = {
    deployed: t`${colours.green(t`Deployed`)} ${release} to ${count(hosts.length, 'host')} in ${secondsText(seconds)}, ${bytesText(sent)} sent`,
    'already running': t`${release} runs on ${count(hosts.length, 'host')} already`,
    stopped: t`${colours.red(t`Stopped`)} the deployment of ${release}`,
    interrupted: t`${colours.yellow(t`Interrupted`)} the deployment of ${release}`,
    declined: t`Nothing was changed.`,
    previewed: t`${colours.bold(t`Would deploy`)} ${release} to ${count(hosts.length, 'host')}`,
  }[outcome];
  if (outcome === 'declined') return head;
  if (report.plan !== undefined) return `${head}\n${planTable(report.plan, colours)}`;
  return `${head}\n${tableText(['HOST', 'RESULT', 'BEFORE', 'LACKED', 'SENT'], rows, colours, [3, 4])}`;
}

/** Describes what the hosts run, one application a line. */
export function fleetStatusText(hosts: readonly HostStatus[], colours: Colours): string {
  const rows = hosts.flatMap(({ host, instances, error }) => {
    if (error !== undefined) return [[visible(host), '-', '-', visible(error.message), '-']];
    if (instances.length === 0) return [[visible(host), '-', '-', t`nothing imported`, '-']];
    return instances.map(({ name, version, state, since, interrupted }) => [
      visible(host),
      visible(name),
      version === undefined ? '-' : visible(version),
      interrupted === undefined ? translated(state) : t`interrupted`,
      localTime(since),
    ]);
  });
  return tableText(['HOST', 'APPLICATION', 'VERSION', 'STATE', timeHead('SINCE')], rows, colours);
}
