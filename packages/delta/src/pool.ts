/**
 * Memory that is used again: buffers, and what has buffers. New ones for every pack would cost as much as filling them,
 * and memory until they are collected. Pages of a buffer that nothing was written to take none.
 */
export class Pool<T> {
  readonly #make: () => T;
  readonly #free: T[] = [];

  constructor(make: () => T) {
    this.#make = make;
  }

  /** Returns one with any content. */
  take(): T {
    return this.#free.pop() ?? this.#make();
  }

  /** Takes back one that nothing reads or writes any more. */
  give(one: T): void {
    this.#free.push(one);
  }
}
