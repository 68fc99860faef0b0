import { BundleError } from '@bundle/format';
import { chooseInstance, type InstanceState, projectOnly } from '@bundle/host';
import { prune, type RemovePlan, statusOf, uninstall } from '@bundle/operate';
import type { Context, Outcome } from '../../outcome.ts';
import { stateFolder } from '../../shared/state-folder.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { type EngineChoice, openTools } from '../../shared/tools.ts';
import { releasesText, removedText, removePlanText, statusText } from './render.ts';

export interface OperateOptions extends EngineChoice {
  readonly name?: string | undefined;
  readonly stateDir?: string | undefined;
}

/** `bundle status`: bad news of one instance is an exit code too. */
export async function runStatus(context: Context, options: OperateOptions): Promise<Outcome> {
  const { env, colours } = context;
  const folder = stateFolder(options.stateDir, context);
  // One that is named has to be there.
  if (options.name !== undefined) await chooseInstance(folder, options.name);
  const tools = await openTools(options, folder, env);
  const { instances, engineGone } = await statusOf(tools, folder, options.name, context);
  const down = instances.filter(
    ({ state, release, interrupted }) =>
      interrupted !== undefined || (release !== undefined && state !== 'running'),
  );
  const servicesDown = new BundleError('services-down', {
    operation: 'looking at',
    subject: down.map(({ name }) => name).join(', '),
    expected: 'services that run and are healthy',
    found: down
      .map(({ name, state, interrupted }) => `${name}: ${interrupted ? 'interrupted' : state}`)
      .join('; '),
    hint: '`bundle up` starts what should run, and finishes what was interrupted; `bundle logs` shows what services wrote.',
  });
  const outcome = { json: { instances }, text: statusText(instances, colours) };
  return down.length === 0 ? outcome : { ...outcome, error: engineGone ?? servicesDown };
}

export async function runReleases(context: Context, options: OperateOptions): Promise<Outcome> {
  const state = await chooseInstance(stateFolder(options.stateDir, context), options.name);
  return { json: releasesJson(state), text: releasesText(state, context.colours) };
}

function releasesJson({ name, product, current, journal, releases }: InstanceState): object {
  return {
    name,
    product,
    current,
    running: journal?.running ?? null,
    pending: journal?.pending ?? null,
    history: journal?.history ?? [],
    releases: releases.map(({ name: release, manifest, staged, folder }) => ({
      release,
      version: manifest.version,
      created: manifest.created,
      staged,
      folder,
    })),
  };
}

/** `bundle prune` and `bundle uninstall`. */
export async function runRemove(
  context: Context,
  options: OperateOptions & { readonly dryRun: boolean } & (
      | { readonly what: 'releases'; readonly keep: number }
      | { readonly what: 'instance'; readonly volumes: boolean }
    ),
): Promise<Outcome> {
  const { env, say, ask, signal, colours, stderrColours } = context;
  const shared = {
    stateDir: stateFolder(options.stateDir, context),
    ...(options.name === undefined ? {} : { name: options.name }),
    dryRun: options.dryRun,
    confirm: async (plan: RemovePlan) => {
      say(removePlanText(plan, stderrColours));
      return ask === undefined || ask('Remove this?');
    },
    onLine: (line: string) => say(`  ${visible(line)}`),
    signal,
  };
  const tools = await openTools(options, shared.stateDir, env);
  const report =
    options.what === 'releases'
      ? await prune(tools, { ...shared, keep: options.keep })
      : await uninstall(tools, { ...shared, volumes: options.volumes, env });
  return { json: report, text: removedText(report, colours) };
}

/** `bundle logs`: what goes on goes to stdout as it comes; with --json one document a line. */
export async function runLogs(
  context: Context,
  services: readonly string[],
  options: OperateOptions & {
    readonly tail?: number | undefined;
    readonly follow: boolean;
    readonly since?: string | undefined;
  },
): Promise<Outcome> {
  const folder = stateFolder(options.stateDir, context);
  const { name } = await chooseInstance(folder, options.name);
  const { compose } = await openTools(options, folder, context.env);
  const lines: string[] = [];
  const request = projectOnly(name);
  const { tail, follow, since } = options;
  const chosen = {
    ...(tail === undefined ? {} : { tail }),
    ...(since === undefined ? {} : { since }),
    follow,
  };
  const onLine = (line: string): void => {
    // Lines of services begin with the container's name: this one is Compose's own, when it is stopped.
    if (line === '') return;
    if (follow) context.print({ name, line }, visible(line));
    else lines.push(line);
  };
  try {
    await compose.logs(request, services, chosen, onLine, context.signal);
  } catch (error) {
    // Being stopped is how it ends.
    if (!follow || !context.signal.aborted) throw error;
  }
  if (follow) return { text: '' };
  return { json: { name, lines }, text: lines.map(visible).join('\n') };
}
