import { instanceOf, listInstances, placesOf } from '@bundle/host';
import {
  type BringUpOptions,
  type Tools,
  type UpReport,
  type WebAddress,
  webAddresses,
} from '@bundle/operate';
import type { Context } from '../../outcome.ts';
import { machineAddress } from '../../shared/machine-address.ts';
import type { OperateChoice } from '../../shared/options/host.ts';
import { ownCommand } from '../../shared/own-command.ts';
import type { NextStep } from '../../shared/render/next.ts';

export interface AfterStart {
  readonly addresses: readonly WebAddress[];
  readonly steps: readonly NextStep[];
}

/** Finds the addresses to open after a start, and the commands to type next. */
export async function afterStart(
  { runtime, isStack }: Tools,
  { name, plan }: UpReport,
  options: OperateChoice & Pick<BringUpOptions, 'action'>,
  stateDir: string,
  { env }: Pick<Context, 'env'>,
): Promise<AfterStart> {
  const host = await machineAddress(options.dockerHost, env);
  const addresses = webAddresses(await runtime.containers(name), host);
  const isOnly = (await listInstances(stateDir)).length === 1;
  const command = ownCommand(placesOf(instanceOf(stateDir, name)).current, options.stateDir);
  const own = (words: string): string => command(isOnly ? words : `${words} --name ${name}`);
  const startsItself = (await isStack?.(name)) === true;
  const isUpgrade = plan?.from !== undefined && plan.from !== plan.to && options.action === 'up';
  return {
    addresses,
    steps: [
      ['state', own('status')],
      ['logs', own('logs')],
      ...(isUpgrade ? [['roll back', own('rollback')] as const] : []),
      // Swarm starts its tasks itself.
      ...(isUpgrade || startsItself ? [] : [['start at boot', own('service install')] as const]),
    ],
  };
}
