import { Option } from 'commander';
import { z } from 'zod';
import { collect, defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import { addBundleArgument, partOptions } from '../../shared/options/bundle.ts';
import { platformOption } from '../../shared/options/platform.ts';

const formats = ['oci', 'docker'] as const;

const options = partOptions.extend({
  output: z.string().min(1),
  format: z.enum(formats).default('oci'),
  platform: platformOption.optional(),
  image: z.array(z.string().min(1)).default([]),
  force: z.boolean().default(false),
});

export type ImagesChoice = z.output<typeof options>;

export const imagesCommand = defineCommand({
  name: 'images',
  summary: 'write the images of a bundle into one archive for other engines',
  description: `Writes the images of a bundle into one tar archive, for engines that \`bundle import\` does not work with: k3s, RKE2 and k0s load it from their images folder, containerd with ctr, others with podman load, docker load or skopeo. No engine is needed.

With --format oci, the archive is an OCI image layout with the manifest.json of docker save. Layers stay compressed with zstd, and images keep the digests of the bundle. With --format docker, layers are uncompressed, for tools that read no zstd.

Every byte is checked while it is written.`,
  setUp: (command) =>
    addBundleArgument(command)
      .requiredOption('-o, --output <file>', 'archive to write; - for the standard output')
      .addOption(
        new Option('--format <format>', 'form of the archive (default: oci)').choices(formats),
      )
      .option(
        '--platform <os/arch>',
        'platform of the images, for a bundle with several (default: that of this machine)',
      )
      .option('--image <name>', 'image or service to write, repeatable (default: all)', collect)
      .option('--force', 'replace an existing file'),
  options,
  examples: [
    [
      'bundle images shop.tar -o /var/lib/rancher/k3s/agent/images/shop.tar',
      'k3s loads it when it starts',
    ],
    ['bundle images shop.tar -o - | ctr -n k8s.io images import -', 'into containerd'],
    ['bundle images shop.tar -o api.tar --image api', 'the image of one service'],
  ],
  exitCodes: [
    ...openingCodes,
    'digest-mismatch',
    'base-missing',
    'image-not-found',
    'platform-mismatch',
    'output-exists',
    'output-unwritable',
    'no-space',
  ],
  run: async (context, [bundle = ''], chosen) => {
    const { runImages } = await import('./run.ts');
    return runImages(context, bundle, chosen);
  },
});
