import { productName, releaseVersion } from '@bundle/format';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { collect, defineCommand } from '../../command.ts';
import { addNameOption } from '../../shared/options/host.ts';
import { platformOption } from '../../shared/options/platform.ts';
import { pairs, partSizeOption, pathOption } from '../../shared/options/values.ts';

const formats = ['folder', 'tar'] as const;

const options = z.object({
  file: z.array(pathOption).optional(),
  output: pathOption.optional(),
  format: z.enum(formats).optional(),
  force: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  image: pairs(/^[^=]+=.+$/, 'expected SERVICE=IMAGE'),
  from: z.string().min(1).optional(),
  plainHttp: z.array(z.string().min(1)).optional(),
  checksums: z.boolean().default(true),
  withFile: z.array(pathOption).default([]),
  withEnv: z.array(z.string()).optional(),
  include: z.array(pathOption).optional(),
  exclude: z.array(pathOption).optional(),
  allowPrivateKeys: z.boolean().optional(),
  allowSecret: z.array(z.string()).optional(),
  platform: platformOption.optional(),
  runtime: z.literal(false).or(z.literal(true)).optional(),
  split: partSizeOption.optional(),
  cache: z.union([pathOption, z.literal(false)]).optional(),
  name: productName.optional(),
  releaseVersion: releaseVersion.optional(),
  sign: z.array(pathOption).optional(),
});

export type AdoptChoice = z.output<typeof options>;

export const adoptCommand = defineCommand({
  name: 'adopt',
  summary: 'turn a folder of image tars and a Compose file into a bundle',
  description: `Turns a folder made by hand into a bundle: image tars, a Compose file, its configuration and checksum lists. No engine is needed, and nothing in the folder changes.

Reads tars of docker save and podman save, of every version, and OCI image layouts in a tar; plain, or compressed with gzip, zstd or xz; one image or several in each. Layers that images share are stored once.

Every file named by a checksum list is checked first (SHA-256). One that disagrees is an error.

Packs what the Compose file mounts, as \`bundle export\` does. Values of .env files stay here. --dry-run says for each file what becomes of it.`,
  setUp: (command) => addAdoptOptions(command),
  options,
  examples: [
    ['bundle adopt delivery -o shop.tar', 'the folder delivery, as a single file'],
    ['bundle adopt delivery --dry-run', 'what becomes of each file; nothing is written'],
    [
      'bundle adopt delivery --image backend=myapp/api:1.4 -o shop.tar',
      'an image with another name in its tar',
    ],
    ['bundle adopt delivery --from engine -o shop.tar', 'images in no tar come from the engine'],
  ],
  exitCodes: [
    'compose-not-found',
    'compose-invalid',
    'file-unsafe',
    'private-key-found',
    'secret-found',
    'folder-invalid',
    'checksum-mismatch',
    'image-not-found',
    'engine-unreachable',
    'engine-failed',
    'registry-unreachable',
    'registry-denied',
    'registry-failed',
    'compose-plugin-missing',
    'output-exists',
    'output-unwritable',
    'no-space',
    'input-unreadable',
    'digest-mismatch',
    'platform-mismatch',
    'runtime-missing',
    'signing-failed',
  ],
  run: async (context, [folder = ''], chosen) => {
    const { runAdopt } = await import('./run.ts');
    return runAdopt(context, folder, chosen);
  },
});

function addAdoptOptions(command: Command): Command {
  return addNameOption(
    command
      .argument('<folder>', 'folder with image tars and a Compose file')
      .option(
        '-f, --file <file>',
        'Compose file, if the folder has several; repeatable, merged in this order',
        collect,
      )
      .option('-o, --output <path>', 'bundle to write (default: ./PRODUCT.bundle)')
      .addOption(
        new Option('--format <form>', 'default: tar when the output ends in .tar').choices(formats),
      )
      .option('--force', 'replace an existing bundle')
      .option('--dry-run', 'say what becomes of each file; write nothing')
      .option(
        '--image <service=image>',
        'image of a service, as its tar names it, or the tar itself; repeatable',
        collect,
      )
      .option(
        '--from <source>',
        'where to take images that are in no tar: engine, registry, oci:DIR, oci-archive:FILE or docker-archive:FILE',
      )
      .option(
        '--plain-http <host>',
        'registry to reach without TLS, HOST or HOST:PORT, repeatable',
        collect,
      )
      .option('--no-checksums', 'do not check the checksum lists of the folder')
      .option('--with-file <path>', 'file or folder to pack as well, repeatable', collect)
      .option('--with-env <file>', 'env file to pack with its values, repeatable', collect)
      .option(
        '--include <path>',
        'mounted file or folder to pack, whatever it holds, repeatable',
        collect,
      )
      .option('--exclude <path>', 'mounted file or folder to leave out, repeatable', collect)
      .option('--allow-private-keys', 'pack private keys in mounted files without asking')
      .option(
        '--allow-secret <name>',
        'pack this secret: its name as the command prints it, a file, or a folder with / at its end; repeatable',
        collect,
      )
      .option(
        '--platform <os/arch>',
        'platform of the offline host (default: the one of all images)',
      )
      .option(
        '--no-runtime',
        'pack neither this command nor Compose, for an offline host that has them',
      )
      .option(
        '--split <size>',
        'cut the single file into parts: fat32, dvd, cd or a size such as 4000M',
      )
      .option(
        '--cache <dir>',
        'layer cache, for quicker runs (also: BUNDLE_LAYER_CACHE; default: in the cache folder of the user)',
      )
      .option('--no-cache', 'do not use the layer cache')
      .option('--sign <key>', 'sign with a private key of OpenSSH; repeatable', collect)
      .option(
        '--release-version <version>',
        'version of the release (default: the date of its newest image)',
      ),
    'name of the application (also: --product; default: the Compose project name)',
  );
}
