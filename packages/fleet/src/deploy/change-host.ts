import { setTimeout as sleep } from 'node:timers/promises';
import { BundleError, type ErrorCode } from '@bundle/format';
import type { Host } from '../hosts/host.ts';
import type { Answer } from '../ssh/connection.ts';
import { failureOf } from './answers.ts';
import type { Remote } from './remote.ts';
import type { Shipment } from './shipment.ts';
import type { DeployOptions } from './types.ts';

/** After these, what was sent is of use to the next run. */
const keptFor: ReadonlySet<ErrorCode> = new Set([
  'host-unreachable',
  'no-space',
  'busy',
  'interrupted',
  'engine-unreachable',
]);

type SettingSource = Pick<DeployOptions, 'settings'> & { readonly host: Host };

/** Returns the settings of a host as the JSON of a private file; empty where there are none. */
function settingsText({ settings, host }: SettingSource): string {
  const all = { ...settings, ...host.settings };
  return Object.keys(all).length === 0 ? '' : JSON.stringify(all);
}

/** Tells whether a release that runs on a host would get other settings from this deployment. */
export async function lacksSettings(
  remote: Remote,
  host: Host,
  name: string,
  release: string,
  { settings }: Pick<DeployOptions, 'settings'>,
  signal: AbortSignal,
): Promise<boolean> {
  const text = settingsText({ settings, host });
  return text !== '' && remote.settingsDiffer(name, release, text, signal);
}

/** Imports and starts what was sent, in one command of the host. Fails as that does. */
export async function startOn(
  remote: Remote,
  host: Host,
  path: string,
  options: DeployOptions,
): Promise<void> {
  const text = settingsText({ settings: options.settings, host });
  const name = options.name === undefined ? [] : ['--name', options.name];
  const all = ['import', path, '--partial', '--up', '--yes', ...name, ...options.startWords];
  const answer = await whenFree(options, () => remote.start(all, path, text));
  const failure = failureOf(host.name, 'starting the release', answer);
  if (failure !== undefined && !keptFor.has(failure.code)) await remote.remove(path);
  if (failure !== undefined) throw failure;
}

/** Runs a command again while another run on that host holds the application. */
export async function whenFree(
  { busySeconds, signal }: Pick<DeployOptions, 'busySeconds' | 'signal'>,
  run: () => Promise<Answer>,
): Promise<Answer> {
  const until = performance.now() + busySeconds * 1000;
  for (;;) {
    const answer = await run();
    const isBusy = failureOf('', '', answer)?.code === 'busy';
    if (!isBusy || performance.now() > until || signal.aborted) return answer;
    await sleep(2000);
  }
}

/** Sends what a host lacks. Fails with `host-unreachable` and `no-space`. */
export async function sendTo(
  remote: Remote,
  file: string,
  shipment: Shipment,
  options: Pick<DeployOptions, 'signal'> & { readonly onBytes: (count: number) => void },
): Promise<string> {
  const { path } = await remote.send(file, shipment, options);
  return path;
}

/** Tells whether a failure may pass when the host is connected to again. */
export function isLost(error: unknown): error is BundleError {
  return error instanceof BundleError && error.code === 'host-unreachable';
}
