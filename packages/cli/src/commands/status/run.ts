import { BundleError } from '@bundle/format';
import { chooseInstance } from '@bundle/host';
import { type InstanceStatus, statusOf } from '@bundle/operate';
import type { Context, Outcome } from '../../outcome.ts';
import { stateFolder } from '../../shared/folders.ts';
import type { OperateChoice } from '../../shared/options/host.ts';
import { openTools } from '../../shared/tools.ts';
import { statusText } from './render.ts';

/** Runs `bundle status`; an instance in a bad state also sets the exit code. */
export async function runStatus(context: Context, options: OperateChoice): Promise<Outcome> {
  const { env, colours } = context;
  const folder = stateFolder(options.stateDir, context);
  // A named instance has to exist.
  if (options.name !== undefined) await chooseInstance(folder, options.name);
  const tools = await openTools(options, folder, env);
  const { instances, engineGone } = await statusOf(tools, folder, options.name, context);
  const outcome = { json: { instances }, text: statusText(instances, colours) };
  const down = instances.filter(isDown);
  return down.length === 0 ? outcome : { ...outcome, error: engineGone ?? servicesDown(down) };
}

function isDown({ state, release, interrupted }: InstanceStatus): boolean {
  return interrupted !== undefined || (release !== undefined && state !== 'running');
}

function servicesDown(down: readonly InstanceStatus[]): BundleError {
  return new BundleError('services-down', {
    operation: 'looking at',
    subject: down.map(({ name }) => name).join(', '),
    expected: 'running, healthy services',
    found: down
      .map(({ name, state, interrupted }) => `${name}: ${interrupted ? 'interrupted' : state}`)
      .join('; '),
    hint: '`bundle up` starts what should run, and finishes what was interrupted; `bundle logs` shows their output.',
  });
}
