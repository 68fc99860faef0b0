import { hash } from 'node:crypto';
import { blockBytes, isExtension, pathIn, textIn, typeOf } from '@bundle/format/tar-header';
import { checkAborted } from './errors.ts';
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
  byContent(key: string): number | undefined;
}

/** Returns a key of content; equal keys mean equal bytes. */
export function keyOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64');
}

/** Content shorter than this costs no less as a copy. */
export const leastCopyBytes = 24;

/** Reads all old layers once. */
export async function indexOld(
  layers: readonly LayerBytes[],
  signal?: AbortSignal,
): Promise<OldIndex> {
  const entries: OldEntry[] = [];
  const headers = new Map<number, number>();
  const paths = new Map<string, number>();
  const likePaths = new Map<string, number[]>();
  const contents = new Map<string, number>();
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
        const index = entries.length;
        entries.push({ header: offset, content: offset + blockBytes, size: part.size, type });
        headers.set(offset, index);
        if (!isExtension(type)) {
          longName = undefined;
          paths.set(path, index);
          if (part.size > 0) {
            const like = likeness(path);
            const list = likePaths.get(like);
            if (list === undefined) likePaths.set(like, [index]);
            else if (list.length < 64) list.push(index);
          }
        }
      } else if (part.kind === 'content') {
        if (part.bytes.length >= leastCopyBytes) {
          const key = keyOf(part.bytes);
          if (!contents.has(key)) contents.set(key, offset);
        }
        if (current !== undefined && isExtension(current.type)) {
          longName = longNameIn(current.type, part.bytes) ?? longName;
        }
      }
      offset += part.bytes.length + (part.kind === 'content' ? part.padding.length : 0);
    }
  }
  const entry = (index: number | undefined): OldEntry | undefined =>
    index === undefined ? undefined : entries[index];
  return {
    at: (header) => entry(headers.get(header)),
    ofContent: (content) => entry(headers.get(content - blockBytes)),
    byPath: (path) => entry(paths.get(path)),
    byLikePath: (path, size) => {
      let best: OldEntry | undefined;
      for (const index of likePaths.get(likeness(path)) ?? []) {
        const one = entries[index];
        if (one === undefined) continue;
        if (best === undefined || Math.abs(one.size - size) < Math.abs(best.size - size))
          best = one;
      }
      return best;
    },
    byContent: (key) => contents.get(key),
  };
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
