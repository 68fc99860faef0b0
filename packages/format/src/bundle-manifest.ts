import { z } from 'zod';
import { digestSchema } from './digest.ts';
import { limits } from './limits.ts';
import { channelName, sequenceNumber } from './order.ts';
import { pathProblem } from './path-rules.ts';
import { platformSchema } from './platform.ts';

export const schemaVersion = 1;

const bytes = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

export const productNamePattern = /^[a-z0-9][a-z0-9_-]{0,62}$/;
export const productName = z
  .string()
  .regex(productNamePattern, 'expected a Compose project name: a-z, 0-9, _ and -, at most 63')
  .meta({ description: 'Compose project name of the application' });

export const releaseVersion = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,62}$/, 'expected letters, digits and ._+-, at most 63')
  .meta({ description: 'version of the release, unique for each release of a product' });

export const imageReference = z
  .string()
  .max(300)
  .regex(
    /^(?:\[[0-9a-fA-F:]+\](?::\d+)?\/)?[a-z0-9][A-Za-z0-9._:/-]*:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/,
    'expected NAME:TAG',
  )
  .meta({ description: 'image reference with its tag, as the engine shows it' });

export const bundlePath = z
  .string()
  .refine((path) => pathProblem(path) === undefined, {
    error: (issue) => `unsafe path: ${pathProblem(String(issue.input)) ?? ''}`,
  })
  .meta({ description: 'relative path inside the bundle, "/" between segments, UTF-8 in NFC' });

export const layerSchema = z.object({
  digest: digestSchema.meta({ description: 'digest of the stored blob' }),
  mediaType: z.string().meta({ description: 'OCI media type of the stored blob' }),
  size: bytes.meta({ description: 'stored bytes' }),
  diffId: digestSchema.meta({ description: 'digest of the uncompressed layer' }),
  unpackedSize: bytes
    .optional()
    .meta({ description: 'uncompressed bytes; absent when the blob arrived compressed' }),
});
export type BundleLayer = z.output<typeof layerSchema>;

export const imageSchema = z.object({
  reference: imageReference,
  services: z.array(z.string()).meta({ description: 'Compose services that run this image' }),
  use: z.enum(['build-base', 'build-cache']).optional().meta({
    description: 'packed for rebuilds: named by a Dockerfile, or carries a build stage’s cache',
  }),
  imageId: digestSchema.meta({
    description: 'digest of the image config, never changed by export',
  }),
  topDigest: digestSchema.meta({
    description: 'digest of the descriptor in images/index.json: image manifest or image index',
  }),
  manifestDigest: digestSchema.meta({ description: 'digest of the image manifest in the bundle' }),
  platform: platformSchema,
  layers: z.array(layerSchema),
});
export type BundleImage = z.output<typeof imageSchema>;

export const fileSchema = z.object({
  path: bundlePath,
  size: bytes,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  executable: z.literal(true).optional().meta({
    description: 'mode 0755 instead of 0644; media such as FAT lose it, so it is recorded',
  }),
});
export type BundleFile = z.output<typeof fileSchema>;

/**
 * What was at a mount's source: a file, a folder with something in it, a folder that may be empty at the start, or nothing.
 * `image`: the image has the same files, and the mount is taken out.
 */
export const mountContents = ['file', 'folder', 'empty', 'nothing', 'image'] as const;

export const leftOutSchema = z.object({
  service: z.string(),
  source: z.string(),
  reason: z.string(),
  target: z.string().optional().meta({ description: 'path in the container, for a bind mount' }),
  was: z.enum(mountContents).optional().meta({
    description: 'what was at the source when the bundle was made; "empty": it may start empty',
  }),
  place: z.string().optional().meta({
    description: 'where a host keeps it for all releases, relative to the folder behind .mounts',
  }),
});
export type LeftOut = z.output<typeof leftOutSchema>;

export const envFileSchema = z.object({
  path: bundlePath,
  example: bundlePath,
  toFill: z.array(z.string()).optional().meta({
    description: 'names that had a value where the bundle was made, and have none in the example',
  }),
});
export type BundleEnvFile = z.output<typeof envFileSchema>;

/** Tells whether somebody has to write into an env file that was made from its example, as far as the bundle says. */
export function needsFilling({ toFill }: BundleEnvFile): boolean {
  return toFill === undefined || toFill.length > 0;
}

/** The bundle that an incremental one builds on. */
export const baseSchema = z.object({
  product: productName,
  version: releaseVersion,
  digest: digestSchema.meta({ description: 'digest of the bundle.json of the base' }),
});
export type BundleBase = z.output<typeof baseSchema>;

/** A layer that a bundle carries as its difference to layers that a host has. */
export const deltaSchema = z.object({
  digest: digestSchema.meta({ description: 'digest of the stored layer that the delta gives' }),
  blob: digestSchema.meta({ description: 'digest of the delta, a blob of this bundle' }),
  size: bytes.meta({ description: 'bytes of the delta' }),
  from: z
    .array(
      z.object({
        diffId: digestSchema.meta({ description: 'digest of the uncompressed old layer' }),
        size: bytes.meta({ description: 'uncompressed bytes of the old layer' }),
      }),
    )
    .min(1)
    .max(limits.maxDeltaAncestors)
    .meta({ description: 'old layers that the delta needs, in the order in which it counts them' }),
});
export type BundleDelta = z.output<typeof deltaSchema>;

/** The images of a bundle for one more platform. */
export const furtherPlatformSchema = z.object({
  platform: platformSchema,
  images: z
    .array(imageSchema)
    .min(1)
    .meta({ description: 'the same references as in images, in the same order' }),
});
export type FurtherPlatform = z.output<typeof furtherPlatformSchema>;

/** A signature, attestation or other document of a registry about an image. */
export const referrerSchema = z.object({
  reference: imageReference,
  subject: digestSchema.meta({ description: 'image manifest or index that it is about' }),
  digest: digestSchema.meta({ description: 'its own manifest' }),
  tag: z
    .string()
    .regex(/^sha256-[0-9a-f]{64}\.[a-z]{1,16}$/)
    .optional()
    .meta({ description: 'tag by which cosign finds it; absent: it names its subject' }),
  blobs: z
    .array(z.object({ digest: digestSchema, size: bytes }))
    .meta({ description: 'what its manifest consists of' }),
});
export type BundleReferrer = z.output<typeof referrerSchema>;

/** bundle.json, format version 1. docs/bundle-format.md is its specification. */
export const bundleManifestSchema = z.object({
  schemaVersion: z.literal(schemaVersion),
  product: productName,
  version: releaseVersion,
  channel: channelName.optional(),
  sequence: sequenceNumber.optional(),
  derivedSequence: z.literal(true).optional().meta({
    description: 'nobody chose the sequence: it follows from created, or from the base',
  }),
  created: z.iso
    .datetime()
    .meta({ description: 'SOURCE_DATE_EPOCH, else the newest image of the bundle' }),
  platform: platformSchema,
  sizes: z.object({
    stored: bytes.meta({ description: 'sum of all listed files' }),
    unpacked: bytes.meta({ description: 'uncompressed bytes of the distinct layers, where known' }),
  }),
  images: z.array(imageSchema).min(1),
  platforms: z
    .array(furtherPlatformSchema)
    .min(1)
    .max(limits.maxFurtherPlatforms)
    .optional()
    .meta({ description: 'images for further platforms; a host takes those of its own' }),
  referrers: z
    .array(referrerSchema)
    .min(1)
    .max(limits.maxReferrers)
    .optional()
    .meta({ description: 'signatures and attestations of the images, from their registries' }),
  base: baseSchema.optional().meta({
    description: 'an incremental bundle: the bundle that holds what is omitted',
  }),
  omitted: z
    .array(z.object({ digest: digestSchema, size: bytes }))
    .optional()
    .meta({ description: 'layers that the host has already, so they are not in this bundle' }),
  deltas: z
    .array(deltaSchema)
    .optional()
    .meta({ description: 'layers that this bundle carries as deltas of layers that the host has' }),
  envFiles: z
    .array(envFileSchema)
    .meta({ description: 'env files that the operator makes from an example before the start' }),
  leftOut: z.array(leftOutSchema).meta({ description: 'mounts that were not packed, and why' }),
  files: z.array(fileSchema).meta({
    description: 'every file of the bundle but bundle.json and checksums.sha256, in archive order',
  }),
});
export type BundleManifest = z.output<typeof bundleManifestSchema>;
