import { z } from 'zod';
import { digestSchema } from './digest.ts';
import { platformSchema } from './platform.ts';

/** Media types of the OCI image-spec (media-types.md) and of Docker's image manifest v2.2. */
export const mediaTypes = {
  imageIndex: 'application/vnd.oci.image.index.v1+json',
  imageManifest: 'application/vnd.oci.image.manifest.v1+json',
  imageConfig: 'application/vnd.oci.image.config.v1+json',
  layerTar: 'application/vnd.oci.image.layer.v1.tar',
  layerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  layerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
} as const;

const size = z.number().int().nonnegative();

/** OCI image-spec, descriptor.md. Unknown fields are kept: they are part of what a digest covers. */
export const descriptorSchema = z.looseObject({
  mediaType: z.string(),
  digest: digestSchema,
  size,
  annotations: z.record(z.string(), z.string()).optional(),
  platform: z.looseObject({ ...platformSchema.partial().shape }).optional(),
});
export type Descriptor = z.output<typeof descriptorSchema>;

const both = z
  .never({ error: 'a document that is an image index and an image manifest at once' })
  .optional();

/** OCI image-spec, image-index.md. A document that is index and manifest at once is refused (CVE-2021-41190). */
export const imageIndexSchema = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.enum([mediaTypes.imageIndex, mediaTypes.dockerManifestList]).optional(),
  manifests: z.array(descriptorSchema),
  layers: both,
  config: both,
});
export type ImageIndex = z.output<typeof imageIndexSchema>;

/** OCI image-spec, manifest.md. */
export const imageManifestSchema = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.enum([mediaTypes.imageManifest, mediaTypes.dockerManifest]).optional(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema),
  manifests: both,
});
export type ImageManifest = z.output<typeof imageManifestSchema>;

/** OCI image-spec, config.md: only the fields that are read here. */
export const imageConfigSchema = z.looseObject({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
  created: z.string().optional(),
  rootfs: z.object({ type: z.literal('layers'), diff_ids: z.array(digestSchema).nullish() }),
});
export type ImageConfig = z.output<typeof imageConfigSchema>;

/** OCI image-spec, image-layout.md#oci-layout-file. */
export const ociLayoutSchema = z.object({ imageLayoutVersion: z.literal('1.0.0') });
export const ociLayoutText = '{"imageLayoutVersion":"1.0.0"}';

/** `manifest.json` of a `docker save` archive, which `docker load` of the graph drivers reads. */
export const dockerManifestSchema = z.array(
  z.looseObject({
    Config: z.string(),
    RepoTags: z.array(z.string()).nullable(),
    Layers: z.array(z.string()),
  }),
);
export type DockerManifest = z.output<typeof dockerManifestSchema>;
