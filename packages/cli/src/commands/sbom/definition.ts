import { Option } from 'commander';
import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import { addBundleArgument, partOptions } from '../../shared/options/bundle.ts';
import { pathOption } from '../../shared/options/values.ts';

export const sbomFormats = ['table', 'cyclonedx', 'spdx', 'spdx3', 'json'] as const;

const options = partOptions.extend({
  format: z.enum(sbomFormats).optional(),
  output: pathOption.optional(),
  image: z.string().optional(),
  force: z.boolean().default(false),
  json: z.boolean().default(false),
});

export type SbomChoice = z.output<typeof options>;

export const sbomCommand = defineCommand({
  name: 'sbom',
  summary: 'list the packages inside the images of a bundle',
  description:
    'Lists the packages that each image of the application has: of Debian, Alpine and RPM distributions, npm, Python, Go programs and Java archives. Reads the package databases in the layers, and runs nothing. What could not be read is named on stderr, and in each document. Layers that were read before are not read again.',
  setUp: (command) =>
    addBundleArgument(command)
      .addOption(
        new Option(
          '--format <format>',
          'table, CycloneDX 1.6, SPDX 2.3, SPDX 3.0, or plain JSON (default: table; with --json, or for a file named *.json: json)',
        ).choices(sbomFormats),
      )
      .option('-o, --output <file>', 'file to write (default: stdout)')
      .option('--image <name>', 'only this image')
      .option('--force', 'replace an existing file'),
  options,
  examples: [
    ['bundle sbom shop.tar', 'as a table'],
    ['bundle sbom shop.tar --format cyclonedx -o shop.cdx.json', 'for a vulnerability scanner'],
    ['bundle sbom shop.tar --format spdx --image shop-api:1.0', 'of one image, on stdout'],
  ],
  exitCodes: [
    ...openingCodes,
    'digest-mismatch',
    'image-not-found',
    'output-exists',
    'output-unwritable',
  ],
  phase: 'reading the bundle',
  run: async (context, [bundle = ''], options) => {
    const { runSbom } = await import('./run.ts');
    return runSbom(context, bundle, options);
  },
});
