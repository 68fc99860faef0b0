import type { LayerReading, LayerSource, WantedImage } from './layer-source.ts';

/**
 * Number of readings open at once. An engine gathers all layers of images on one core before it sends the first byte,
 * and can do so for the next images while one is read. The limit is low because the engine keeps the gathered layers on
 * its disk.
 */
const readingsAtOnce = 3;

/** Opens groups of images before they are needed. */
export class LookAhead {
  readonly #source: LayerSource;
  readonly #groups: readonly (readonly WantedImage[])[];
  readonly #opened = new Map<number, Promise<LayerReading>>();

  constructor(source: LayerSource, groups: readonly (readonly WantedImage[])[]) {
    this.#source = source;
    this.#groups = groups;
  }

  /** Returns the reading of a group; the caller closes it. A group can be taken again. */
  take(index: number): Promise<LayerReading> {
    for (const [next, group] of this.#groups.entries()) {
      if (next < index || next >= index + readingsAtOnce || this.#opened.has(next)) continue;
      const reading = this.#source.open(group);
      // A failure is reported when the group is taken.
      reading.catch(() => undefined);
      this.#opened.set(next, reading);
    }
    const reading = this.#opened.get(index);
    this.#opened.delete(index);
    if (reading === undefined) throw new RangeError(`no group ${index}`);
    return reading;
  }

  /** Closes the readings that were opened but not taken. */
  close(): void {
    for (const reading of this.#opened.values()) {
      reading.then((one) => one.close()).catch(() => undefined);
    }
    this.#opened.clear();
  }
}
