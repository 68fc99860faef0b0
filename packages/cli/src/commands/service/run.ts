import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { endpointVariables, resolveEndpoint } from '@bundle/engine';
import { homeFolder, isThere } from '@bundle/files';
import { paths } from '@bundle/format';
import { chooseInstance, type InstanceState, placesOf } from '@bundle/host';
import {
  engineUnitAt,
  installedUnits,
  installService,
  planService,
  removeUnits,
  type ServiceScope,
  type ServiceUnit,
  serviceUnit,
  unitStates,
} from '@bundle/operate';
import type { Context, Outcome } from '../../outcome.ts';
import { stateFolder } from '../../shared/folders.ts';
import { ownProgram } from '../../shared/own-program.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';
import type { ServiceAction, ServiceChoice } from './definition.ts';
import { installedText, servicePlanText, stoppedText, unitsText } from './render.ts';

/** Runs the action of `bundle service`. */
export async function runService(
  context: Context,
  action: ServiceAction,
  options: ServiceChoice,
): Promise<Outcome> {
  switch (action) {
    case 'install':
      return install(context, options);
    case 'uninstall':
      return uninstall(context, options);
    case 'status':
      return status(context, options);
  }
}

/** Installs a unit that starts the application at boot. */
async function install(context: Context, options: ServiceChoice): Promise<Outcome> {
  const { env, say, ask, colours, stderrColours } = context;
  const state = await chooseInstance(stateFolder(options.stateDir, context), options.name);
  const scope: ServiceScope = options.user || process.getuid?.() !== 0 ? 'user' : 'system';
  const unit = await unitFor(state, scope, options, env);
  if (options.print) return { json: { ...unit }, text: unit.text.trimEnd() };
  const plan = await planService(unit, state, scope, env);
  const json = { ...plan, unit: unit.name, text: unit.text };
  if (options.dryRun) {
    const text = t`${servicePlanText(plan, colours)}\n\nNothing was changed.`;
    return { json: { ...json, outcome: 'previewed' }, text };
  }
  say(servicePlanText(plan, stderrColours));
  if (ask !== undefined && !(await ask(t`Install it?`)))
    return { json: { ...json, outcome: 'declined' }, text: 'Nothing was changed.' };
  await installService(plan);
  return { json: { ...json, outcome: 'installed' }, text: installedText(plan, colours) };
}

async function uninstall(context: Context, options: ServiceChoice): Promise<Outcome> {
  const { env, say, ask, colours } = context;
  const state = await chooseInstance(stateFolder(options.stateDir, context), options.name);
  const units = await installedUnits(state, env);
  const json = { name: state.name, units: units.map(({ path }) => path) };
  if (units.length === 0)
    return { json, text: t`No service of ${visible(state.name)} is installed.` };
  const words = units.map(({ path }) => `  ${visible(path)}`).join('\n');
  if (options.dryRun) return { json, text: t`To be removed\n${words}\n\nNothing was removed.` };
  say(t`To be removed; the application keeps running\n${words}`);
  if (ask !== undefined && !(await ask(t`Remove it?`)))
    return { json, text: 'Nothing was removed.' };
  await removeUnits(units);
  return { json, text: stoppedText(state.name, colours) };
}

async function status(context: Context, options: ServiceChoice): Promise<Outcome> {
  const state = await chooseInstance(stateFolder(options.stateDir, context), options.name);
  const units = await unitStates(await installedUnits(state, context.env));
  const json = { name: state.name, units: units.map(({ text: _, ...unit }) => unit) };
  return { json, text: unitsText(state.name, units, context.colours) };
}

/**
 * Builds the unit. It spells out everything that locates the release and the engine, since the service manager lacks
 * this shell’s environment.
 */
async function unitFor(
  state: InstanceState,
  scope: ServiceScope,
  options: ServiceChoice,
  env: NodeJS.ProcessEnv,
): Promise<ServiceUnit> {
  const { name, root, stateDir, product, releases, current } = state;
  const endpoint = await resolveEndpoint(options.dockerHost, env);
  const { host: dockerHost } = endpoint;
  const isDefault = /^unix:\/\/(\/var)?\/run\/docker\.sock$/.test(dockerHost);
  const user = scope === 'user' ? process.getuid?.() : undefined;
  const engineUnit = options.engineUnit ?? engineUnitAt(dockerHost, user);
  const carried = releases.find((one) => one.name === current)?.folder;
  // Goes through the link, so that the next release is started by its own command.
  const own =
    carried !== undefined && (await isThere(join(carried, paths.runtime)))
      ? [join(placesOf(state).current, paths.runtime)]
      : await thisCommand();
  const flags = ['--yes', '--no-progress', '--no-color', '--name', name, '--state-dir', stateDir];
  const environment: Record<string, string> = { HOME: homeFolder(env) };
  const { DOCKER_CERT_PATH, DOCKER_TLS, DOCKER_TLS_VERIFY } = endpointVariables(endpoint);
  const tls = { DOCKER_CERT_PATH, DOCKER_TLS, DOCKER_TLS_VERIFY };
  for (const [variable, value] of Object.entries({
    DOCKER_CONFIG: env['DOCKER_CONFIG'],
    ...tls,
  })) {
    if (value) environment[variable] = value;
  }
  return serviceUnit({
    instance: name,
    root,
    product,
    command: [...own, 'up', ...flags, ...(isDefault ? [] : ['--docker-host', dockerHost])],
    environment,
    ...(engineUnit === undefined ? {} : { engineUnit }),
    user: scope === 'user',
  });
}

/** Returns this command, for releases that carry none; it then has to stay where it is. */
async function thisCommand(): Promise<string[]> {
  const own = ownProgram();
  if (own !== undefined) return [own];
  const program = process.argv[1];
  if (program === undefined) return [process.execPath];
  return [process.execPath, await realpath(program)];
}
