import type { Engine } from '@bundle/engine';
import { reasonOf } from '@bundle/format';

/**
 * Temporary names of cache images on the engine while they are packed. Removing a name leaves the contents in the
 * builder's cache.
 */
export class CacheTags {
  readonly #engine: Engine;
  readonly #references = new Set<string>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Records a name before an image is tagged with it. */
  add(reference: string): void {
    this.#references.add(reference);
  }

  /** Removes all names; returns warnings for those that could not be removed. */
  async remove(): Promise<string[]> {
    const warnings: string[] = [];
    for (const reference of this.#references) {
      try {
        await this.#engine.untagImage(reference);
      } catch (error) {
        warnings.push(`${reference} is still on the engine: ${reasonOf(error)}`);
      }
    }
    return warnings;
  }
}
