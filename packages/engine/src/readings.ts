import type { ImageReading } from './image-source.ts';

/** Joins readings into one: the layers of the first, then those of the next. */
export function inTurn(readings: readonly ImageReading[]): ImageReading {
  return {
    async *layers(options) {
      for (const reading of readings) yield* reading.layers(options);
    },
    documents() {
      const all = readings.map((reading) => reading.documents());
      return {
        blobs: new Map(all.flatMap(({ blobs }) => [...blobs])),
        configs: new Map(all.flatMap(({ configs }) => [...configs])),
      };
    },
    close() {
      for (const reading of readings) reading.close();
    },
  };
}
