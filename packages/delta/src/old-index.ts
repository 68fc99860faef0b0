import { blockBytes, isExtension, pathIn, textIn, typeOf } from '@bundle/format/tar-header';
import { checkAborted } from './errors.ts';
import { KeyTable, keyOf, keyOfText } from './key-table.ts';
import { chunksOf, type LayerBytes } from './old-bytes.ts';
import { partsOf } from './tar-parts.ts';

/** An entry of an old layer; offsets are in the row of all old layers. */
export interface OldEntry {
  readonly header: number;
  readonly content: number;
  readonly size: number;
  readonly type: string;
}

/** What the old layers contain. */
export interface OldIndex {
  /** Returns the entry whose header is at an offset. */
  at(header: number): OldEntry | undefined;
  /** Returns the entry whose content begins at an offset. */
  ofContent(content: number): OldEntry | undefined;
  /** Returns the entry of a path. */
  byPath(path: string): OldEntry | undefined;
  /** Returns the entry whose path is the same but for versions and hashes in it; of several the one nearest in size. */
  byLikePath(path: string, size: number): OldEntry | undefined;
  /** Returns where the old layers have these bytes. */
  byContent(key: Uint32Array): number | undefined;
}

/** Content shorter than this costs no less as a copy. */
export const leastCopyBytes = 24;

/** Reads all old layers once. */
export async function indexOld(
  layers: readonly LayerBytes[],
  signal?: AbortSignal,
): Promise<OldIndex> {
  const entries = new Entries();
  const paths = new KeyTable();
  const contents = new KeyTable();
  let offset = 0;
  for (const layer of layers) {
    let longName: string | undefined;
    let current: { type: string; path: string } | undefined;
    for await (const part of partsOf(chunksOf(layer))) {
      checkAborted(signal, 'making a delta');
      if (part.kind === 'header') {
        const type = typeOf(part.bytes);
        const path = isExtension(type) ? '' : (longName ?? pathIn(part.bytes, 'latin1'));
        current = { type, path };
        const index = entries.add(offset, part.size, type);
        if (!isExtension(type)) {
          longName = undefined;
          paths.set(keyOfText(path), index);
          if (part.size > 0) entries.addLike(index, path);
        }
      } else if (part.kind === 'content') {
        if (part.bytes.length >= leastCopyBytes) {
          const key = keyOf(part.bytes);
          if (contents.get(key) === undefined) contents.set(key, offset);
        }
        if (current !== undefined && isExtension(current.type)) {
          longName = longNameIn(current.type, part.bytes) ?? longName;
        }
      }
      offset += part.bytes.length + (part.kind === 'content' ? part.padding.length : 0);
    }
  }
  return {
    at: (header) => entries.at(header),
    ofContent: (content) => entries.at(content - blockBytes),
    byPath: (path) => {
      const index = paths.get(keyOfText(path));
      return index === undefined ? undefined : entries.get(index);
    },
    byLikePath: (path, size) => entries.like(path, size),
    byContent: (key) => contents.get(key),
  };
}

/** Entries with paths that are alike, of which the one that is nearest in size is looked for. */
const mostLike = 64;
const none = -1;

/** The entries of all old layers in their order, as numbers: an object for each would take several times the memory. */
class Entries {
  readonly #headers: number[] = [];
  readonly #sizes: number[] = [];
  readonly #types: string[] = [];
  /** For each entry the one before it whose path is like its own. */
  readonly #likeBefore: number[] = [];
  readonly #lastLike = new KeyTable();

  /** Adds an entry; returns its index. */
  add(header: number, size: number, type: string): number {
    this.#sizes.push(size);
    this.#types.push(type);
    this.#likeBefore.push(none);
    return this.#headers.push(header) - 1;
  }

  /** Adds the path by which an entry is found for one like it. */
  addLike(index: number, path: string): void {
    const key = keyOfText(likeness(path));
    this.#likeBefore[index] = this.#lastLike.get(key) ?? none;
    this.#lastLike.set(key, index);
  }

  get(index: number): OldEntry | undefined {
    const [header, size, type] = [this.#headers[index], this.#sizes[index], this.#types[index]];
    if (header === undefined || size === undefined || type === undefined) return undefined;
    return { header, content: header + blockBytes, size, type };
  }

  /** Returns the entry whose header is at an offset. */
  at(header: number): OldEntry | undefined {
    let [low, high] = [0, this.#headers.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#headers[middle] ?? 0) < header) low = middle + 1;
      else high = middle;
    }
    return this.#headers[low] === header ? this.get(low) : undefined;
  }

  /** Returns the entry with a path like this one that is nearest in size. */
  like(path: string, size: number): OldEntry | undefined {
    let best: number | undefined;
    let least = Number.POSITIVE_INFINITY;
    let index = this.#lastLike.get(keyOfText(likeness(path))) ?? none;
    for (let count = 0; index !== none && count < mostLike; count++) {
      const distance = Math.abs((this.#sizes[index] ?? 0) - size);
      // Of several, the first one.
      if (distance <= least) {
        least = distance;
        best = index;
      }
      index = this.#likeBefore[index] ?? none;
    }
    return best === undefined ? undefined : this.get(best);
  }
}

/** Returns the path that an extension gives to the next entry. */
export function longNameIn(type: string, content: Uint8Array): string | undefined {
  if (type === 'L') return textIn(content, 'latin1');
  if (type !== 'x') return undefined;
  const records = Buffer.from(content).toString('latin1');
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(records)?.[1];
}

/** Returns a path without what changes from build to build: hashes and versions in it. */
export function likeness(path: string): string {
  return path
    .replaceAll(/(?<=[.~_-])(?=[\w-]*(?:\d|[a-z][A-Z]|[A-Z][a-z]))[\w-]{6,}(?=\.)/g, '#')
    .replaceAll(/\d+/g, '0');
}
