import type { Command } from 'commander';
import { z } from 'zod';
import { collect, defineCommand } from '../../command.ts';
import {
  addContentOptions,
  addOutputOptions,
  addPlainHttpOption,
  addWritingOptions,
  packingOptions,
} from '../../shared/options/packing.ts';
import { platformOption } from '../../shared/options/platform.ts';
import { pairs, pathOption } from '../../shared/options/values.ts';

const options = packingOptions.extend({
  file: z.array(pathOption).optional(),
  image: pairs(/^[^=]+=.+$/, 'expected SERVICE=IMAGE'),
  checksums: z.boolean().default(true),
  withFile: z.array(pathOption).default([]),
  platform: platformOption.optional(),
  runtime: z.literal(false).or(z.literal(true)).optional(),
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
  const withFiles = command
    .argument('<folder>', 'folder with image tars and a Compose file')
    .option(
      '-f, --file <file>',
      'Compose file, if the folder has several; repeatable, merged in this order',
      collect,
    );
  return addWritingOptions(
    addContentOptions(
      addImageOptions(
        addOutputOptions(withFiles, 'bundle to write (default: ./PRODUCT.bundle)'),
      ).option('--with-file <path>', 'file or folder to pack as well, repeatable', collect),
    ),
  );
}

function addImageOptions(command: Command): Command {
  return addPlainHttpOption(
    command
      .option('--dry-run', 'say what becomes of each file; write nothing')
      .option(
        '--image <service=image>',
        'image of a service, as its tar names it, or the tar itself; repeatable',
        collect,
      )
      .option(
        '--from <source>',
        'where to take images that are in no tar: engine, registry, oci:DIR, oci-archive:FILE or docker-archive:FILE',
      ),
  )
    .option('--no-checksums', 'do not check the checksum lists of the folder')
    .option('--platform <os/arch>', 'platform of the offline host (default: the one of all images)')
    .option(
      '--no-runtime',
      'pack neither this command nor Compose, for an offline host that has them',
    );
}
