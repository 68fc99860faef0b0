import type { Digest } from '@bundle/format';
import type { LayerReader, RecordCache } from '@bundle/sbom';

/** Looks into layers that are plain, while they are hashed and compressed. */
export interface LayerTap {
  /** Returns a reader for a layer; undefined for one that is known. `arrived`: its digest, if known beforehand. */
  begin(arrived: Digest | undefined): Promise<LayerReader | undefined>;
  /** Takes what was found in a layer whose digest was checked. */
  keep(arrived: Digest, reader: LayerReader): Promise<void>;
}

/**
 * Reads the packages of plain layers on their way into a bundle. `wanted`: diff IDs of the layers whose packages are listed;
 * those of images that only rebuilds need are not.
 */
export function packageTap(
  records: RecordCache,
  wanted: ReadonlySet<Digest>,
  Reader: new () => LayerReader,
): LayerTap {
  return {
    begin: async (arrived) => {
      const isNeeded =
        arrived === undefined ||
        (wanted.has(arrived) && (await records.get(arrived)) === undefined);
      return isNeeded ? new Reader() : undefined;
    },
    keep: (arrived, reader) => records.keep(arrived, reader.end()),
  };
}
