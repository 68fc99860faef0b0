import type { BundleImage, BundleManifest } from '@bundle/format';
import type { Values } from '@bundle/host/settings';

/** What an image runs without any setting (OCI image-spec, config.md, and Docker's HEALTHCHECK). */
export interface ImageDefaults {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** Such as `5432/tcp`. */
  readonly ports: readonly string[];
  readonly healthcheck?: ImageHealthCheck;
  /** `USER` or `USER:GROUP`, as names or numbers; absent: root. */
  readonly user?: string;
}

export interface ImageHealthCheck {
  readonly test: readonly string[];
  /** In nanoseconds; 0 where the image has none. */
  readonly interval: number;
  readonly timeout: number;
  readonly retries: number;
}

/** A packed application, as far as manifests are made from it. */
export interface Application {
  readonly manifest: Pick<
    BundleManifest,
    'product' | 'version' | 'platform' | 'images' | 'files' | 'leftOut' | 'envFiles'
  >;
  /** The texts of docker-compose.yml, compose.offline.yml and env.example. */
  readonly compose: string;
  readonly offline: string;
  readonly example: string;
  /** By the digest of the image's config. */
  readonly images: ReadonlyMap<string, ImageDefaults>;
  /** Reads a file of the bundle. */
  readonly read: (path: string) => Promise<Buffer>;
}

export const serviceTypes = ['ClusterIP', 'NodePort', 'LoadBalancer'] as const;
export type ServiceType = (typeof serviceTypes)[number];

/** A host name that an Ingress sends to a service. */
export interface IngressRule {
  readonly host: string;
  readonly service: string;
  /** The port in the container; the only one of the service when absent. */
  readonly port?: number | undefined;
}

export interface ConvertOptions {
  /** Returns the name of an image with its digest, as the cluster pulls it. */
  readonly imageName: (image: BundleImage) => string;
  /** Of the Services with the ports that the Compose file publishes; `ClusterIP` publishes none. */
  readonly serviceType: ServiceType;
  readonly ingress: readonly IngressRule[];
  readonly namespace?: string | undefined;
  /** Size that each claim asks for, such as `1Gi`. */
  readonly volumeSize: string;
  readonly storageClass?: string | undefined;
  readonly profiles: readonly string[];
  /** Settings; those of secrets are not used. */
  readonly values: Values;
}
