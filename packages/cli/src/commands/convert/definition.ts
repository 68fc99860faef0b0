import { Argument, Option } from 'commander';
import { z } from 'zod';
import { collect, defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import {
  addPartOptions,
  bundleArgument,
  partOptions,
  theOnlyBundle,
} from '../../shared/options/bundle.ts';
import { platformOption } from '../../shared/options/platform.ts';
import { addValueOptions, valueOptions } from '../../shared/options/start.ts';
import { pathOption } from '../../shared/options/values.ts';

const serviceTypes = ['ClusterIP', 'NodePort', 'LoadBalancer'] as const;
const quantity = /^[1-9]\d{0,9}(?:[KMGTP]i?)?$/;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const options = partOptions.extend({
  output: pathOption,
  registry: z.string().min(1).optional(),
  serviceType: z.enum(serviceTypes).default('ClusterIP'),
  ingress: z
    .array(
      z
        .string()
        .regex(
          /^[a-z0-9*][a-z0-9.-]*=[^=:]+(?::\d{1,5})?$/,
          'expected HOST=SERVICE or HOST=SERVICE:PORT',
        )
        .transform((text) => {
          const [, host = '', service = '', port] = /^([^=]*)=([^:]*)(?::(\d+))?$/.exec(text) ?? [];
          return { host, service, ...(port === undefined ? {} : { port: Number(port) }) };
        }),
    )
    .default([]),
  namespace: z.string().regex(label, 'expected a DNS label').optional(),
  volumeSize: z.string().regex(quantity, 'expected a quantity, such as 10Gi').default('1Gi'),
  storageClass: z.string().min(1).optional(),
  profile: z.array(z.string().min(1)).default([]),
  platform: platformOption.optional(),
  ...valueOptions.shape,
});

export type ConvertChoice = z.output<typeof options>;

export const convertCommand = defineCommand({
  name: 'convert',
  summary: 'write the application of a bundle as Kubernetes manifests',
  description: `Writes the application of a bundle as Kubernetes manifests into a new folder, with a kustomization.yaml: images by digest, configuration as ConfigMaps, named volumes as claims. Needs no engine and no cluster.

No secret gets into the manifests: they refer to one Secret, and the command lists its keys. Every field of the Compose file without an equivalent is listed with the reason; --json has the same list.

The cluster gets the images with \`bundle push\` (then give the same --registry here) or \`bundle images\`.`,
  setUp: (command) =>
    addValueOptions(
      addPartOptions(
        command
          .addArgument(new Argument('<target>', 'what to write').choices(['kubernetes']))
          .argument(...bundleArgument),
      )
        .requiredOption('-o, --output <dir>', 'folder to write; must not exist, or be empty')
        .option(
          '--registry <registry>',
          'REGISTRY or REGISTRY/PREFIX with the images, as for bundle push (default: the names in the bundle)',
        )
        .addOption(
          new Option(
            '--service-type <type>',
            'of the Services with the published ports (default: ClusterIP, inside the cluster only)',
          ).choices(serviceTypes),
        )
        .option(
          '--ingress <host=service>',
          'host name to send to a service, repeatable; also HOST=SERVICE:PORT',
          collect,
        )
        .option('--namespace <name>', 'namespace of all objects')
        .option('--volume-size <quantity>', 'size of each claim, such as 10Gi (default: 1Gi)')
        .option(
          '--storage-class <name>',
          'storage class of all claims (default: that of the cluster)',
        )
        .option('--profile <name>', 'further profile of the Compose file, repeatable', collect),
    ).option(
      '--platform <os/arch>',
      'platform of the nodes, for a bundle with several (default: the first one)',
    ),
  options,
  examples: [
    ['bundle convert kubernetes shop.tar -o k8s', 'with the image names of the bundle'],
    [
      'bundle convert kubernetes shop.tar -o k8s --registry registry.example/shop',
      'images from a registry, pushed there by bundle push',
    ],
    [
      'bundle convert kubernetes shop.tar -o k8s --ingress shop.example=web',
      'with an Ingress for one service',
    ],
    [
      'bundle convert kubernetes shop.tar -o k8s-arm --platform linux/arm64',
      'for nodes of one of the bundle’s platforms',
    ],
  ],
  exitCodes: [
    ...openingCodes,
    'digest-mismatch',
    'platform-mismatch',
    'compose-invalid',
    'output-exists',
    'output-unwritable',
    'no-space',
  ],
  phase: 'reading the bundle',
  run: async (context, [, bundle = theOnlyBundle], chosen) => {
    const { runConvert } = await import('./run.ts');
    return runConvert(context, bundle, chosen);
  },
});
