import { hostname } from 'node:os';
import { isAtOrBelow, stackLabels } from '@bundle/compose';
import type { Stacks } from '@bundle/engine/stacks';
import { BundleError } from '@bundle/format';
import type { Instance } from '@bundle/host';

/**
 * Fails with `project-foreign` if a stack with the name of an instance was deployed from another state folder, on
 * another manager, or by hand: its settings and journal are not here.
 */
export async function refuseForeignStack(
  stacks: Pick<Stacks, 'services'>,
  { name, root }: Pick<Instance, 'name' | 'root'>,
): Promise<void> {
  for (const { name: service, labels } of await stacks.services(name)) {
    const { [stackLabels.host]: host, [stackLabels.folder]: folder } = labels;
    if (host === hostname() && folder !== undefined && isAtOrBelow(folder, root)) continue;
    throw new BundleError('project-foreign', {
      operation: 'checking the stack',
      subject: name,
      expected: `services of releases in ${root} on this host`,
      found:
        host === undefined || folder === undefined
          ? `${service}, deployed by another command`
          : `${service}, deployed on ${host} from ${folder}`,
      hint:
        host === undefined || folder === undefined
          ? `Remove that stack with \`docker stack rm ${name}\`, or give this one another name with --name.`
          : 'Run the command there, or give this stack another name with --name.',
    });
  }
}
