import type { LayerReading, LayerSource, WantedImage } from './layer-source.ts';

/**
 * Readings that are under way at once: an engine gathers all layers of images on one core before it sends the first
 * byte, and it can do so for the next ones while one is read. It keeps what it has gathered on its disk, so they are few.
 */
const readingsAtOnce = 3;

/** Opens groups of images a little before their turn. */
export class LookAhead {
  readonly #source: LayerSource;
  readonly #groups: readonly (readonly WantedImage[])[];
  readonly #opened = new Map<number, Promise<LayerReading>>();

  constructor(source: LayerSource, groups: readonly (readonly WantedImage[])[]) {
    this.#source = source;
    this.#groups = groups;
  }

  /** The reading of a group; whoever takes it closes it. A group can be taken again. */
  take(index: number): Promise<LayerReading> {
    for (const [next, group] of this.#groups.entries()) {
      if (next < index || next >= index + readingsAtOnce || this.#opened.has(next)) continue;
      const reading = this.#source.open(group);
      // One that fails is met when its turn comes.
      reading.catch(() => undefined);
      this.#opened.set(next, reading);
    }
    const reading = this.#opened.get(index);
    this.#opened.delete(index);
    if (reading === undefined) throw new RangeError(`no group ${index}`);
    return reading;
  }

  /** Lets go of what was opened and not taken. */
  close(): void {
    for (const reading of this.#opened.values()) {
      reading.then((one) => one.close()).catch(() => undefined);
    }
    this.#opened.clear();
  }
}
