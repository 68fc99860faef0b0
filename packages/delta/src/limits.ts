/** Bounds of the delta encoding (docs/bundle-format.md). A reader refuses what exceeds them before it spends memory. */
export const deltaLimits = {
  /** An image has at most 127 layers on overlay2. */
  maxOldLayers: 256,
  /** Operations of one list, decompressed: about 100,000 files of which everything but the content changed. */
  maxOperationsBytes: 8 * 1024 * 1024,
  /** Bytes that one pack makes. */
  maxPackBytes: 8 * 1024 * 1024,
  /** Old bytes that one pack refers to. */
  maxReferenceBytes: 16 * 1024 * 1024,
  /** Ranges of old bytes that one pack refers to: one for each small file in it. */
  maxReferenceRanges: 65_536,
  /** Old bytes that all packs may refer to for each byte of the layer; without a bound, a few bytes would cost a minute. */
  maxReferenceRatio: 64,
  /** The same for layers of a few kB. */
  leastReferenceBytes: 1024 * 1024 * 1024,
  /** Bytes of a layer: 1 TiB, far below the integers that JavaScript holds exactly. */
  maxLayerBytes: 2 ** 40,
} as const;

/** Bytes of one piece of a file; a larger file is compared piece by piece. */
export const pieceBytes = 1024 * 1024;
