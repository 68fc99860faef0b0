import { BundleError, mediaTypes } from '@bundle/format';
import { hasMagic } from '@bundle/format/tar-header';

// Recognizes entries of `docker save` by content, because the formats before and since Docker 25 use different names.

/** Tells whether an entry is unneeded, such as the `VERSION` files of the older format. */
export function isIncidental(path: string): boolean {
  return path.endsWith('/VERSION') || path === 'repositories' || path === 'oci-layout';
}

/** Returns the media type of a compressed layer by its first bytes (RFC 1952, RFC 8878). */
export function compressionOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return mediaTypes.layerGzip;
  if (bytes.length >= 4 && bytes.readUInt32LE(0) === 0xfd2fb528) return mediaTypes.layerZstd;
  // A large software bill of materials is part of an attestation, not a layer.
  if (looksLikeJson(bytes)) return largeDocument;
  return undefined;
}

/** Media type of documents that are too large to keep in memory; they are stored unchanged. */
export const largeDocument = 'application/json';

export function looksLikeJson(bytes: Buffer): boolean {
  // A layer may begin with a file called "[slug]": then the tar header identifies it.
  if (hasMagic(bytes)) return false;
  const first = bytes.find((byte) => byte > 0x20);
  return first === 0x7b || first === 0x5b;
}

export function brokenArchive(found: string): BundleError {
  return new BundleError('engine-failed', {
    operation: 'reading the image archive of the engine',
    expected: 'a complete archive as `docker save` writes it',
    found,
    hint: 'See the engine’s log, then export again.',
  });
}
