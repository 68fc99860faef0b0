import { hash } from 'node:crypto';

/** Words of a key: 128 bits of a hash. */
const keyWords = 4;
const firstCapacity = 1024;

/**
 * Numbers by keys, which are hashes. A Map of strings would take five times the memory, and there is a key for each file and
 * each MiB of old layers.
 */
export class KeyTable {
  #capacity = firstCapacity;
  #keys = new Uint32Array(firstCapacity * keyWords);
  /** NaN where there is no key. */
  #values = new Float64Array(firstCapacity).fill(Number.NaN);
  #count = 0;

  get(key: Uint32Array): number | undefined {
    const value = this.#values[this.#slotOf(key)] ?? Number.NaN;
    return Number.isNaN(value) ? undefined : value;
  }

  set(key: Uint32Array, value: number): void {
    if (this.#count * 3 >= this.#capacity * 2) this.#grow();
    const slot = this.#slotOf(key);
    if (Number.isNaN(this.#values[slot])) {
      this.#count++;
      this.#keys.set(key, slot * keyWords);
    }
    this.#values[slot] = value;
  }

  /** Returns the slot of a key, or the free one that is for it. */
  #slotOf(key: Uint32Array): number {
    const mask = this.#capacity - 1;
    for (let slot = (key[0] ?? 0) & mask; ; slot = (slot + 1) & mask) {
      if (Number.isNaN(this.#values[slot])) return slot;
      const at = slot * keyWords;
      let word = 0;
      while (word < keyWords && this.#keys[at + word] === key[word]) word++;
      if (word === keyWords) return slot;
    }
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#capacity *= 2;
    this.#keys = new Uint32Array(this.#capacity * keyWords);
    this.#values = new Float64Array(this.#capacity).fill(Number.NaN);
    for (const [slot, value] of values.entries()) {
      if (Number.isNaN(value)) continue;
      const key = keys.subarray(slot * keyWords, (slot + 1) * keyWords);
      const free = this.#slotOf(key);
      this.#keys.set(key, free * keyWords);
      this.#values[free] = value;
    }
  }
}

/** Returns the key of bytes; equal keys mean equal bytes. */
export function keyOf(bytes: Uint8Array): Uint32Array {
  const digest = hash('sha256', bytes, 'buffer');
  return new Uint32Array(Uint8Array.from(digest.subarray(0, keyWords * 4)).buffer);
}

/** Returns the key of a text; equal keys mean that the texts are most likely equal. */
export function keyOfText(text: string): Uint32Array {
  let [one, other] = [0x811c9dc5, 0x9747b28c];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    one = Math.imul(one ^ unit, 0x01000193);
    other = Math.imul(other ^ unit, 0x85ebca6b) ^ (other >>> 13);
  }
  return Uint32Array.of(one ^ (one >>> 15), other, text.length, 0);
}
