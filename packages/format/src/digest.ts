import { z } from 'zod';

/**
 * A digest as in the OCI image-spec (descriptor.md#digests), restricted to sha256:
 * `sha256:` and 64 lower-case hexadecimal digits.
 */
export type Digest = `sha256:${string}`;

const digestPattern = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return digestPattern.test(text);
}

export const digestSchema = z
  .string()
  .regex(digestPattern, 'expected "sha256:" and 64 lower-case hexadecimal digits')
  .transform((text) => text as Digest)
  .meta({ description: 'sha256 digest of the stored bytes' });

/** Returns the 64 hexadecimal digits after `sha256:`. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

const shortHexLength = 12;

/** Shortens a digest to the length at which people tell digests apart: `sha256:` and 12 digits. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + shortHexLength);
}

/** Returns the first 12 hexadecimal digits of a digest, for names of files and images. */
export function shortHexOf(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + shortHexLength);
}

export function digestOfHex(hex: string): Digest {
  return `sha256:${hex}`;
}
