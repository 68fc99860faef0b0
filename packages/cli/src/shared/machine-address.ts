import { networkInterfaces } from 'node:os';
import { resolveEndpoint } from '@bundle/engine';

/** Networks that engines and virtual machines make; nobody reaches this machine through them from elsewhere. */
const inner = /^(docker|br-|veth|virbr|cni|flannel|tailscale|wg|tun|tap)/;

/** Returns the name or address under which other machines reach the engine's machine. */
export async function machineAddress(
  dockerHost: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const { address } = await resolveEndpoint(dockerHost, env);
  if (address.kind !== 'unix') return address.host;
  const outer = Object.entries(networkInterfaces())
    .filter(([name]) => !inner.test(name))
    .flatMap(([, addresses = []]) => addresses)
    .filter(({ internal, scopeid }) => !internal && !scopeid);
  const four = outer.find(({ family }) => family === 'IPv4');
  return (four ?? outer[0])?.address ?? 'localhost';
}
