import { channelName, pullPolicies } from '@bundle/format';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { collect, defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import { addPartOptions, partOptions } from '../../shared/options/bundle.ts';
import { addEngineOptions, engineOptions } from '../../shared/options/host.ts';
import {
  addContentOptions,
  addOutputOptions,
  addPlainHttpOption,
  addWritingOptions,
  packingOptions,
} from '../../shared/options/packing.ts';
import { platformsOption } from '../../shared/options/platform.ts';
import { pathOption, sequenceOption } from '../../shared/options/values.ts';

const runtimes = ['platform', 'all'] as const;

const options = engineOptions
  .extend(partOptions.shape)
  .extend(packingOptions.shape)
  .extend({
    file: z.array(pathOption).optional(),
    referrers: z.boolean().optional(),
    pull: z.enum(pullPolicies).optional(),
    build: z.boolean().optional(),
    rebuild: z.boolean().optional(),
    withSource: z.boolean().optional(),
    platform: platformsOption.optional(),
    runtime: z.union([z.enum(runtimes), z.literal(false)]).optional(),
    profile: z.array(z.string()).optional(),
    projectRoot: pathOption.optional(),
    sbom: z.boolean().optional(),
    since: pathOption.optional(),
    for: z.array(pathOption).optional(),
    delta: z.boolean().default(true),
    channel: channelName.optional(),
    sequence: sequenceOption.optional(),
    sigstoreKey: pathOption.optional(),
  });

export type ExportChoice = z.output<typeof options> & {
  /** Names of the options whose values come from a configuration file: a spec comes before those. */
  readonly configured?: ReadonlySet<string>;
};

export const exportCommand = defineCommand({
  name: 'export',
  summary: 'pack a Compose application into a bundle',
  description: `Packs a Compose application into a bundle: its images, its Compose file and mounted files. Takes a Compose file or a bundle spec; without one, the Compose file of the current folder.

For each service with build:, the bundle also carries the capture of its build, so that \`bundle rebuild\` works without a network.

The bundle carries this command as one executable, runtime/bundle (about 30 MB), so the offline host needs no Node.js, and for an offline host without them the Compose plugin of this host and, where images can be rebuilt, buildx (under 20 MB each). --no-runtime leaves them out. With --for, only what a host lacks is packed.

Images that the engine lacks come straight from their registries, with the credentials of \`docker login\`. With --from registry all images do, and no engine is needed.

Values of .env files are never packed unless --with-env asks for one by name.`,
  setUp: (command) => addEngineOptions(addPartOptions(addExportOptions(command))),
  options,
  examples: [
    ['bundle export -o shop.tar', 'the application of this folder, as a single file'],
    ['bundle export deploy/compose.yml -o /media/stick/shop', 'as a folder on a stick'],
    ['bundle export -f compose.yml -f prod.yml -o shop.tar', 'two Compose files, merged'],
    ['bundle export --dry-run', 'preview of images, files and sizes'],
    [
      'bundle export --from registry -o shop.tar',
      'straight from the registries, without an engine',
    ],
    [
      'bundle export --from registry --platform linux/amd64,linux/arm64 -o shop.tar',
      'for hosts of two platforms',
    ],
    ['bundle export --split fat32 -o /media/stick/shop.tar', 'in parts, for a stick with FAT32'],
    [
      'bundle export --since shop-1.0.tar -o shop-1.1.tar',
      'only the layers new since the last release',
    ],
    ['bundle export --sign ~/.ssh/id_ed25519 -o shop.tar', 'signed with your own key'],
    ['bundle export --for host.json -o shop-1.1.tar', 'only the layers missing on that host'],
    ['bundle export shop.bundle.yaml --release-version 1.4.0', 'with a bundle spec'],
  ],
  exitCodes: [
    'compose-not-found',
    'compose-invalid',
    'spec-invalid',
    'file-unsafe',
    'private-key-found',
    'secret-found',
    'image-not-found',
    'image-pull-failed',
    'image-build-failed',
    'image-changed',
    'registry-unreachable',
    'registry-denied',
    'registry-failed',
    'engine-unreachable',
    'engine-too-old',
    'engine-failed',
    'compose-plugin-missing',
    'rebuild-unavailable',
    'output-exists',
    'output-unwritable',
    'no-space',
    ...openingCodes,
    'digest-mismatch',
    'base-mismatch',
    'inventory-invalid',
    'platform-mismatch',
    'runtime-missing',
    'signing-failed',
  ],
  run: async (context, [target], chosen, configured) => {
    const { runExport } = await import('./run.ts');
    return runExport(context, target, { ...chosen, configured });
  },
});

function addExportOptions(command: Command): Command {
  const withFiles = command
    .argument('[file]', 'Compose file or bundle spec (default: the Compose file of this folder)')
    .option(
      '-f, --file <file>',
      'Compose file in place of the argument; repeatable, merged in this order',
      collect,
    );
  return addOrderAndDifferences(
    addWritingOptions(
      addContentOptions(
        addImageOptions(
          addOutputOptions(
            withFiles,
            'bundle to write (default: ./PRODUCT.bundle, outside of build contexts)',
          ),
        ),
      ).option(
        '--project-root <dir>',
        'folder that holds everything of the project (default: its Git repository)',
      ),
    ),
  );
}

function addImageOptions(command: Command): Command {
  return addPlainHttpOption(
    command
      .option('--dry-run', 'show what would be packed; write nothing')
      .option(
        '--from <source>',
        'where to take the images: registry, oci:DIR, oci-archive:FILE or docker-archive:FILE (default: the engine)',
      ),
  )
    .addOption(
      new Option('--pull <when>', 'when to pull images (default: missing)').choices(pullPolicies),
    )
    .option('--build', 'build the services with build: first')
    .addOption(
      new Option('--no-rebuild', 'leave out the captures for rebuilds without a network').default(
        undefined,
      ),
    )
    .option(
      '--with-source',
      'pack the build contexts too: the source, for rebuilds on the offline host',
    )
    .addOption(
      new Option(
        '--runtime <which>',
        'executables of this command to pack: the one for the platform (default), or all',
      ).choices(runtimes),
    )
    .option(
      '--no-runtime',
      'pack neither this command nor Compose and buildx, for an offline host that has them',
    )
    .option('--sbom', 'also pack a list of the packages inside the images')
    .option(
      '--platform <os/arch>',
      "platform of the offline host (default: the engine's); with --from registry or oci, also several, or all",
    )
    .option(
      '--referrers',
      'with --from registry, also pack the signatures and attestations of the images in their registries',
    )
    .option('--profile <name>', 'Compose profile to pack, repeatable (default: all)', collect);
}

function addOrderAndDifferences(command: Command): Command {
  return command
    .option('--since <bundle>', 'leave out the layers of this bundle (or of its bundle.json alone)')
    .option(
      '--for <inventory>',
      'leave out the layers and programs of a host: file of `bundle inventory`; repeatable, then what all of them have',
      collect,
    )
    .option(
      '--no-delta',
      'with --since or --for, carry changed layers whole instead of only what changed in them',
    )
    .option(
      '--sigstore-key <file>',
      'private key in PEM (ECDSA or RSA), for a signature that cosign checks too',
    )
    .option('--channel <name>', 'channel of the release, such as beta (default: stable)')
    .option(
      '--sequence <number>',
      'place of the release in its channel: hosts refuse lower ones after it (default: seconds of its date, more than that of --since and --for)',
    );
}
