import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { usageError } from '../../usage.ts';
import { addSwarmOptions, swarmCodes, swarmExamples, swarmOptions } from './swarm-options.ts';

const options = z.object({ ...swarmOptions.shape });

export const deployCommand = defineCommand({
  name: 'deploy',
  summary: 'deploy a bundle to a swarm',
  description: `deploy swarm [BUNDLE] imports a bundle on this manager, as \`bundle import\` does, and deploys it to all nodes as a stack. Without a bundle it deploys an imported release. It waits until every task runs and is healthy; otherwise it deploys the previous release again. \`bundle status\`, \`logs\`, \`rollback\`, \`up\` and \`uninstall\` then work on the stack.

The nodes take the images from --registry or --from-serve; without either, the images must be loaded on each node. It names each part of the Compose file without an equivalent in a stack.`,
  setUp: (command) =>
    addSwarmOptions(
      command
        .argument('<target>', 'swarm')
        .argument('[bundle]', 'folder, .tar or .parts.json file (default: the imported release)'),
    ),
  options,
  examples: [...swarmExamples],
  exitCodes: [...new Set(swarmCodes)],
  run: async (context, [target = '', bundle], chosen) => {
    if (target !== 'swarm') throw usageError('the target', 'swarm', target);
    const { runSwarm } = await import('./swarm-run.ts');
    return runSwarm(context, bundle, chosen);
  },
});
