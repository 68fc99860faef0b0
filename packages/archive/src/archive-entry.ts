import { BundleError, mediaTypes } from '@bundle/format';

// What an entry of `docker save` is: its content says so, as the formats before and since Docker 25 differ in names.

/** `VERSION` files and the like of the older format. */
export function isIncidental(path: string): boolean {
  return path.endsWith('/VERSION') || path === 'repositories' || path === 'oci-layout';
}

/** By the first bytes (RFC 1952, RFC 8878): the media type of a layer that arrives compressed. */
export function compressionOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return mediaTypes.layerGzip;
  if (bytes.length >= 4 && bytes.readUInt32LE(0) === 0xfd2fb528) return mediaTypes.layerZstd;
  // A large software bill of materials: part of an attestation, and no layer.
  if (looksLikeJson(bytes)) return largeDocument;
  return undefined;
}

/** Media type of documents that are too large to be kept in memory; they are stored as they are. */
export const largeDocument = 'application/json';

export function looksLikeJson(bytes: Buffer): boolean {
  // A layer may begin with a file called "[slug]": its tar header says what it is.
  if (bytes.subarray(257, 262).toString('latin1') === 'ustar') return false;
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
