import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { usageError } from '../../usage.ts';
import {
  addFleetOptions,
  fleetCodes,
  fleetExamples,
  fleetOnly,
  fleetOptionOf,
} from './fleet-options.ts';
import { addSwarmOptions, swarmCodes, swarmExamples, swarmOptions } from './swarm-options.ts';

const options = z.object({ ...swarmOptions.shape, ...fleetOnly.shape });

export type DeployChoice = z.output<typeof options>;

export const deployCommand = defineCommand({
  name: 'deploy',
  summary: 'deploy a bundle to a swarm, or to several hosts by ssh',
  description: `deploy swarm [BUNDLE] imports a bundle on this manager, as \`bundle import\` does, and deploys it to all nodes as a stack. Without a bundle it deploys an imported release. It waits until every task runs and is healthy; otherwise it deploys the previous release again. \`bundle status\`, \`logs\`, \`rollback\`, \`up\` and \`uninstall\` then work on the stack.

The nodes take the images from --registry or --from-serve; without either, the images must be loaded on each node. It names each part of the Compose file without an equivalent in a stack.

deploy [BUNDLE] --hosts FILE deploys to hosts by ssh. It looks at all hosts first, sends each one only what it lacks, and starts the release there as \`bundle import --up\` does: one host alone, then a few at a time. If one host does not become healthy, all changed hosts roll back. The same command continues an interrupted deployment. No host needs anything but Docker and an account.`,
  setUp: (command) =>
    addFleetOptions(
      addSwarmOptions(
        command
          .argument('[target]', 'swarm; or, with --hosts, the bundle')
          .argument('[bundle]', 'folder, .tar or .parts.json file (default: the imported release)'),
      ),
    ),
  options,
  examples: [...swarmExamples, ...fleetExamples],
  exitCodes: [...new Set([...swarmCodes, ...fleetCodes])],
  run: async (context, [target, bundle], chosen) => {
    if (chosen.hosts !== undefined) {
      if (target === 'swarm') {
        const hint = 'Name a bundle of that name ./swarm.';
        throw usageError('--hosts', 'hosts by ssh, or a swarm', 'both', hint);
      }
      if (bundle !== undefined) throw usageError('--hosts', 'one bundle', `${target} ${bundle}`);
      const { runFleet } = await import('./fleet-run.ts');
      return runFleet(context, target, chosen.hosts, chosen);
    }
    if (target !== 'swarm') {
      throw usageError('the target', 'swarm, or --hosts FILE', target ?? 'none');
    }
    const other = fleetOptionOf(chosen);
    if (other !== undefined) throw usageError(other, 'only with --hosts', 'swarm');
    const { runSwarm } = await import('./swarm-run.ts');
    return runSwarm(context, bundle, chosen);
  },
});
