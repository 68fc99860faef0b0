import { createHash } from 'node:crypto';
import type { Digest } from '@bundle/format';
import type { ImagePackages } from '../image-packages.ts';

/** What a document describes: images, and the application that they belong to. */
export interface SbomSource {
  readonly product: string;
  readonly version: string;
  /** RFC 3339 in UTC. It is that of the bundle, so that the same bundle gives the same document. */
  readonly created: string;
  readonly images: readonly DescribedImage[];
  /** Name and version of the program that makes the document. */
  readonly tool: { readonly name: string; readonly version: string };
}

export interface DescribedImage extends ImagePackages {
  readonly attestations?: readonly Attestation[];
}

/** A statement about an image that its builder attached to it and that the bundle carries as a blob. */
export interface Attestation {
  readonly digest: Digest;
  /** What kind of statement it is, such as `https://spdx.dev/Document`. */
  readonly predicateType: string;
}

/** Returns a UUID that follows from the content (RFC 9562, version 8), so that the same content has the same one. */
export function uuidOf(content: string): string {
  const hex = createHash('sha256').update(content).digest('hex').slice(0, 32).split('');
  hex[12] = '8';
  hex[16] = '89ab'[Number.parseInt(hex[16] ?? '0', 16) & 3] ?? '8';
  const text = hex.join('');
  const parts = [0, 8, 12, 16, 20].map((start, index, all) => text.slice(start, all[index + 1]));
  return parts.join('-');
}
