import type { Digest, Platform } from '@bundle/format';
import type { Engine } from '../engine.ts';
import type { ImageReading } from '../image-source.ts';
import { notInSource, onlyReading } from '../only-reading.ts';
import { inTurn } from '../readings.ts';

/** Where an image comes from, and its name or ID there. */
export interface ChosenImage {
  readonly source: Engine;
  readonly name: string;
}

/** Makes one source of images in several, by the names that an application has for them. */
export function imagesFrom(
  description: string,
  platform: Platform,
  chosen: ReadonlyMap<string, ChosenImage>,
): Engine {
  const find = (reference: string): ChosenImage => {
    const found = chosen.get(reference);
    if (found === undefined) throw notInSource(description, reference, [...chosen.keys()]);
    return found;
  };
  return onlyReading(description, platform, {
    async inspectImage(reference) {
      const { source, name } = find(reference);
      return source.inspectImage(name);
    },
    async openImages(references, wanted, signal) {
      const bySource = Map.groupBy(references, (reference) => find(reference).source);
      const readings: ImageReading[] = [];
      try {
        for (const [source, own] of bySource) {
          const names = [...new Set(own.map((reference) => find(reference).name))];
          const reading = await source.openImages(names, wanted, signal);
          readings.push(renamed(reading, new Map(own.map((one) => [one, find(one).name]))));
        }
      } catch (error) {
        for (const reading of readings) reading.close();
        throw error;
      }
      return eachLayerOnce(inTurn(readings));
    },
  });
}

/** Gives the configs of a reading by the application's names. */
function renamed(reading: ImageReading, names: ReadonlyMap<string, string>): ImageReading {
  return {
    ...reading,
    documents() {
      const { blobs, configs } = reading.documents();
      const own = [...names].flatMap(([reference, name]): [string, Digest][] => {
        const digest = configs.get(name);
        return digest === undefined ? [] : [[reference, digest]];
      });
      return { blobs, configs: new Map(own) };
    },
  };
}

/** Passes over a layer that an earlier source has sent: tars of images on one base image each contain the base. */
function eachLayerOnce(reading: ImageReading): ImageReading {
  return {
    ...reading,
    async *layers(options) {
      const sent = new Set<Digest>();
      for await (const layer of reading.layers(options)) {
        const { digest } = layer;
        if (digest !== undefined && sent.has(digest)) continue;
        if (digest !== undefined) sent.add(digest);
        yield layer;
      }
    },
  };
}
