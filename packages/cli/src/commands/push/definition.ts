import { z } from 'zod';
import { collect, defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import { addPartOptions, partOptions } from '../../shared/options/bundle.ts';
import { pathOption } from '../../shared/options/values.ts';

const options = partOptions.extend({
  output: pathOption.optional(),
  dryRun: z.boolean().default(false),
  plainHttp: z.array(z.string().min(1)).optional(),
});

export type PushChoice = z.output<typeof options>;

export const pushCommand = defineCommand({
  name: 'push',
  summary: 'push the images of a bundle into a registry',
  description: `Pushes the images of a bundle into a registry (OCI distribution API), straight from the bundle: no engine is needed. Sends only the layers missing there, and sets the tags last. The images keep the digests of the bundle.

An image REGISTRY/ACME/API:1.0 becomes REGISTRY/PREFIX/ACME/API:1.0. -o writes a Compose override with the new names and digests, for hosts with docker compose alone.

Uses the credentials of \`docker login\`.`,
  setUp: (command) =>
    addPartOptions(command.argument('<bundle>', 'folder, .tar or .parts.json file'))
      .argument('<registry>', 'REGISTRY or REGISTRY/PREFIX, such as registry.example:5000/shop')
      .option('-o, --output <file>', 'Compose override to write, with the new names and digests')
      .option('--dry-run', 'show what would be pushed; change nothing')
      .option(
        '--plain-http <host>',
        'registry to reach without TLS, HOST or HOST:PORT, repeatable',
        collect,
      ),
  options,
  examples: [
    ['bundle push shop.tar registry.example/shop', 'all images of the bundle'],
    [
      'bundle push shop.tar registry.example/shop -o compose.registry.yml',
      'with the override for docker compose',
    ],
    ['bundle push shop-1.1.tar registry.example/shop --dry-run', 'what the registry lacks'],
  ],
  exitCodes: [
    ...openingCodes,
    'digest-mismatch',
    'base-missing',
    'image-not-found',
    'registry-unreachable',
    'registry-denied',
    'registry-failed',
    'output-unwritable',
    'no-space',
  ],
  run: async (context, [bundle = '', registry = ''], chosen) => {
    const { runPush } = await import('./run.ts');
    return runPush(context, bundle, registry, chosen);
  },
});
