import { z } from 'zod';
import { productName, releaseVersion } from './bundle-manifest.ts';
import { channelName, sequenceNumber } from './order.ts';
import { parsePlatforms } from './platform.ts';

export const pullPolicies = ['missing', 'never', 'always'] as const;
export type PullPolicy = (typeof pullPolicies)[number];

export const paperLanguages = ['en', 'zh', 'both'] as const;
/** Language of README.txt and the other papers in a bundle; both: Chinese first, then English. */
export type PaperLanguage = (typeof paperLanguages)[number];

/** A name, or a path below or above the folder of the spec. */
const packageName =
  /^(?:[A-Za-z0-9@]|(?:\.{1,2}\/)+(?=[^.].*\.(?:json|txt)$))[^\s\p{Cc}'"`$\\;&|]*$/u;

const packageNames = (words: string) =>
  z
    .array(z.string().regex(packageName, 'expected the name of a package'))
    .optional()
    .meta({ description: `${words}; empty: only those that the build fetches` });

/** Packages to carry, by package manager; one that is absent carries nothing. */
export const carriedPackagesSchema = z.strictObject({
  apt: packageNames('packages of Debian or Ubuntu to carry as well, such as jq or jq=1.6-2.1'),
  npm: packageNames(
    'packages of npm to carry as well, such as express or express@^5, or a package-lock.json beside this file',
  ),
  pip: packageNames(
    'packages of Python to carry as well, such as flask or flask==3.1, or a requirements.txt beside this file',
  ),
});
export type CarriedPackages = z.output<typeof carriedPackagesSchema>;

/** A bundle spec: a YAML file that states explicitly what `bundle export` otherwise detects. */
export const bundleSpecSchema = z.strictObject({
  schemaVersion: z.literal(1),
  product: productName.optional(),
  version: releaseVersion.optional(),
  channel: channelName.optional(),
  sequence: sequenceNumber.optional(),
  compose: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .meta({ description: 'Compose file or files, relative to this file, merged in order' }),
  profiles: z
    .array(z.string().min(1))
    .optional()
    .meta({ description: 'Compose profiles to pack; all of them when absent' }),
  platform: z
    .string()
    .refine(
      (text) => parsePlatforms(text) !== undefined,
      'expected OS/ARCHITECTURE[/VARIANT], several with commas between them, or all',
    )
    .optional()
    .meta({
      description:
        'platform of the offline host, such as linux/amd64; default: the engine’s. With images from a registry or a layout, also several, as linux/amd64,linux/arm64, or all',
    }),
  images: z.array(z.string().min(1)).optional().meta({ description: 'additional images to pack' }),
  files: z
    .array(z.string().min(1))
    .optional()
    .meta({ description: 'additional files or folders of the project to pack' }),
  projectRoot: z.string().min(1).optional().meta({
    description: 'folder that holds everything of the project; default: its repository',
  }),
  include: z
    .array(z.string().min(1))
    .optional()
    .meta({ description: 'mounted files or folders to pack, whatever they hold' }),
  exclude: z
    .array(z.string().min(1))
    .optional()
    .meta({ description: 'mounted files or folders to leave out; folders start empty' }),
  privateKeys: z
    .array(z.string().min(1))
    .optional()
    .meta({ description: 'files with a private key to pack, or folders of them' }),
  allowSecrets: z.array(z.string().min(1)).optional().meta({
    description:
      'secrets to pack: names as the export prints them, files, or folders that end in /',
  }),
  withEnv: z
    .array(z.string().min(1))
    .optional()
    .meta({ description: 'env files to pack with their values' }),
  pull: z.enum(pullPolicies).optional(),
  build: z.boolean().optional().meta({ description: 'build the services that have build: first' }),
  rebuild: z
    .union([z.boolean(), z.array(z.string().min(1)).min(1)])
    .optional()
    .meta({
      description:
        'pack what rebuilds without a network need: of all services that are built (true, the default), of those named, or of none',
    }),
  packages: carriedPackagesSchema.optional().meta({
    description:
      'carry what dependency steps fetch, and the packages named here, so that dependencies can change without a network',
  }),
  language: z.enum(paperLanguages).optional().meta({
    description:
      'language of README.txt and the other papers in the bundle; default: both where the export runs in Chinese, else en',
  }),
  title: z
    .string()
    .regex(/^\P{Cc}{1,200}$/u, 'expected one line of at most 200 characters')
    .optional()
    .meta({ description: 'name of the application as people know it, for README.txt' }),
  contact: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .meta({ description: 'who to ask, for README.txt: a name, a telephone number, an address' }),
  notes: z
    .string()
    .min(1)
    .max(4_000)
    .optional()
    .meta({ description: 'a few lines for the operator, for README.txt' }),
  withSource: z
    .boolean()
    .optional()
    .meta({ description: 'also pack the source of images that can be rebuilt' }),
});
export type BundleSpec = z.output<typeof bundleSpecSchema>;
