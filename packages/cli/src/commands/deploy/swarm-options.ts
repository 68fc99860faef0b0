import { type ErrorCode, releaseVersion } from '@bundle/format';
import type { Command } from 'commander';
import { z } from 'zod';
import { collect } from '../../command.ts';
import { importCodes } from '../../shared/exit-codes.ts';
import { ignoredChecks, ignoreOption, partOptions } from '../../shared/options/bundle.ts';
import { addEngineOptions, addNameOption, operateOptions } from '../../shared/options/host.ts';
import { addOrderOptions, orderOptions } from '../../shared/options/order.ts';
import { addStartOptions, startOptions } from '../../shared/options/start.ts';
import { addIdentityOption, identityOptions } from '../../shared/options/trust.ts';

/** Options of `bundle deploy swarm`: those of an import that starts its release, and where the nodes find images. */
export const swarmOptions = operateOptions
  .extend(startOptions.shape)
  .extend(identityOptions.shape)
  .extend(orderOptions.shape)
  .extend(partOptions.shape)
  .extend({
    release: releaseVersion.optional(),
    registry: z.string().min(1).optional(),
    fromServe: z.string().min(1).optional(),
    plainHttp: z.array(z.string().min(1)).optional(),
    ignore: ignoredChecks,
    dryRun: z.boolean().default(false),
  });

export type SwarmChoice = z.output<typeof swarmOptions>;

export function addSwarmOptions(command: Command): Command {
  return addEngineOptions(
    addStartOptions(
      addNameOption(
        addOrderOptions(addIdentityOption(command))
          .option(
            '--registry <registry>',
            'REGISTRY or REGISTRY/PREFIX to push the images to, for the nodes to pull from',
          )
          .option('--from-serve <host:port>', 'address of `bundle serve` to pull the images from')
          .option(
            '--plain-http <host>',
            'registry to reach without TLS, HOST or HOST:PORT, repeatable',
            collect,
          )
          .option('--release <version>', 'imported release to deploy (default: the current one)'),
        'name of the instance and the stack (default: the product)',
      )
        .option(
          '--state-dir <path>',
          'state folder (also: BUNDLE_STATE_DIR; default: /var/lib/bundle as root, else $XDG_STATE_HOME/bundle)',
        )
        .option('-y, --yes', 'do not ask')
        .addOption(ignoreOption())
        .option('--dry-run', 'show what would change; change nothing'),
    ),
  );
}

export const swarmExamples: readonly (readonly [string, string])[] = [
  ['bundle deploy swarm shop.tar --registry 10.0.0.5:5000/shop', 'push, then deploy by digest'],
  ['bundle deploy swarm shop.tar --from-serve 10.0.0.5:5000', 'pull from a running bundle serve'],
  ['bundle deploy swarm', 'the imported release, with images loaded on each node'],
];

export const swarmCodes: readonly ErrorCode[] = [
  ...importCodes,
  'registry-unreachable',
  'registry-denied',
  'registry-failed',
];
