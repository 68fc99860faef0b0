import type { BundleError } from '@bundle/format';
import type { Host } from '../hosts/host.ts';
import { askAll, Connections } from './open-hosts.ts';
import { openRemote } from './prepare.ts';
import type { RemoteInstance } from './remote.ts';
import type { DeployOptions } from './types.ts';

/** What a host runs, or why it does not say. */
export interface HostStatus {
  readonly host: string;
  readonly instances: readonly RemoteInstance[];
  readonly error?: BundleError;
}

/** Asks all hosts what they run, a few at a time. */
export function statusOfHosts(
  hosts: readonly Host[],
  options: Pick<DeployOptions, 'env' | 'parallel' | 'signal'>,
): Promise<readonly HostStatus[]> {
  const { env, parallel, signal } = options;
  return Connections.use(env, async (connections) => {
    const answers = await askAll(hosts, parallel, async (host) => {
      const connection = await connections.to(host, signal);
      const { remote } = await openRemote(connection, { signal, program: undefined });
      return remote.instances(signal);
    });
    return answers.map(({ host, answer = [], error }) => ({
      host: host.name,
      instances: answer,
      ...(error === undefined ? {} : { error }),
    }));
  });
}
