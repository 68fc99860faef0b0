import type { Descriptor, Digest } from '@bundle/format';
import type { EngineImage } from '../engine.ts';

/** An image of a registry, with everything but its layers. */
export interface RegistryImage {
  /** Where its blobs are; for an image of Docker Hub, this may be a mirror. */
  readonly registry: string;
  readonly repository: string;
  readonly top: Digest;
  /** The image manifest; the same as `top` unless that is an index. */
  readonly manifest: Digest;
  readonly documents: ReadonlyMap<Digest, Buffer>;
  readonly layers: readonly Descriptor[];
  readonly image: EngineImage;
}
