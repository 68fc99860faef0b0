import { hash } from 'node:crypto';

/** What an entry of a layer does to the layers below it. A whiteout is like a file: nothing below shows through. */
export type CoverKind = 'file' | 'folder' | 'opaque';

const marks: Readonly<Record<CoverKind, string>> = { file: 'f', folder: 'd', opaque: 'o' };

/** Gathers what a layer covers. It keeps 8 bytes of a hash for each path: an image can have half a million. */
export class CoveredPathsMaker {
  #keys = new BigUint64Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(kind: CoverKind, path: string): void {
    if (this.#count === this.#keys.length) {
      const more = new BigUint64Array(this.#keys.length * 2);
      more.set(this.#keys);
      this.#keys = more;
    }
    this.#keys[this.#count++] = keyOf(kind, path);
  }

  /** Returns the sorted hashes as text for a record. */
  text(): string {
    const sorted = this.#keys.slice(0, this.#count).sort();
    return Buffer.from(sorted.buffer).toString('base64');
  }
}

function keyOf(kind: CoverKind, path: string): bigint {
  return hash('sha256', `${marks[kind]}${path}`, 'buffer').readBigUInt64LE(0);
}

/** Tells which files of lower layers a layer covers. */
export class CoveredPaths {
  readonly #keys: BigUint64Array;

  constructor(text: string) {
    const bytes = Buffer.from(text, 'base64');
    const keys = new BigUint64Array(bytes.length >> 3);
    for (let at = 0; at < keys.length; at++) keys[at] = bytes.readBigUInt64LE(at * 8);
    this.#keys = keys;
  }

  /** Tells whether a file of a lower layer is gone or replaced (OCI image-spec, layer.md#whiteouts). */
  covers(path: string): boolean {
    if (this.#has('file', path) || this.#has('folder', path)) return true;
    for (let end = path.lastIndexOf('/'); end !== -1; end = path.lastIndexOf('/', end - 1)) {
      const above = path.slice(0, end);
      if (this.#has('file', above) || this.#has('opaque', above)) return true;
      if (end === 0) break;
    }
    return this.#has('opaque', '');
  }

  #has(kind: CoverKind, path: string): boolean {
    const wanted = keyOf(kind, path);
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] ?? 0n) < wanted) low = middle + 1;
      else high = middle;
    }
    return this.#keys[low] === wanted;
  }
}
