import type { Digest } from '@bundle/format';

/** A file with a layer in it, and the digest that its bytes should have. */
export interface LayerFile {
  readonly digest: Digest;
  readonly path: string;
}
