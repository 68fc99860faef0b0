import type { Engine } from '@bundle/engine';
import { reasonOf } from '@bundle/format';

/**
 * Names that cache images have on the engine while they are packed. What they are made of stays in the builder's cache
 * when they lose them.
 */
export class CacheTags {
  readonly #engine: Engine;
  readonly #references = new Set<string>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Notes a name before an image gets it. */
  add(reference: string): void {
    this.#references.add(reference);
  }

  /** Takes all names away, and says which could not be. */
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
