// Walks the headers of a layer while it streams past. Only what a layer needs is read: names, types and sizes, in the forms
// of POSIX ustar, PAX and GNU tar.

import {
  blockBytes,
  hasChecksum,
  hasContent,
  isExtension,
  isZero,
  linkIn,
  paddingBytes,
  pathIn,
  sizeIn,
  textIn,
  typeOf,
} from '@bundle/format/tar-header';

/** Names and attributes before an entry: a few kB, but for attributes that hold whole access lists. */
const maxAttributeBytes = 1024 * 1024;

export interface TarEntry {
  /** Relative, without `./` in front, `/` at the end and `.` between; never outside the root. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'hardlink' | 'other';
  /** Path of the entry whose content a hard link has too; it comes earlier in the same layer. */
  readonly target?: string;
  readonly size: number;
}

/** Takes the content of one entry. A chunk must not be kept: its buffer is used again. */
export interface Sink {
  write(chunk: Buffer): void;
  end(): void;
}

/** Returns where the content of an entry goes; undefined passes over it. */
export type OnEntry = (entry: TarEntry) => Sink | undefined;

/** Takes a layer piece by piece. It never fails: `problem` says why it stopped reading. */
export class TarWalker {
  readonly #onEntry: OnEntry;
  readonly #header = Buffer.alloc(blockBytes);
  #filled = 0;
  #left = 0;
  #padding = 0;
  #sink: Sink | undefined;
  #path: string | undefined;
  #link: string | undefined;
  #size: number | undefined;
  #ended = false;
  problem: string | undefined;

  constructor(onEntry: OnEntry) {
    this.#onEntry = onEntry;
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#ended; ) {
      if (this.#left > 0) {
        const count = Math.min(this.#left, chunk.length - at);
        this.#sink?.write(chunk.subarray(at, at + count));
        at += count;
        this.#left -= count;
        if (this.#left === 0) this.#endEntry();
      } else if (this.#padding > 0) {
        const count = Math.min(this.#padding, chunk.length - at);
        at += count;
        this.#padding -= count;
      } else if (this.#filled === 0 && chunk.length - at >= blockBytes) {
        this.#readHeader(chunk.subarray(at, at + blockBytes));
        at += blockBytes;
      } else {
        const count = chunk.copy(this.#header, this.#filled, at, at + blockBytes - this.#filled);
        at += count;
        this.#filled += count;
        if (this.#filled < blockBytes) break;
        this.#filled = 0;
        this.#readHeader(this.#header);
      }
    }
  }

  end(): void {
    if (!this.#ended && (this.#left > 0 || this.#filled > 0)) this.#stop('it ends in an entry');
  }

  #stop(problem: string): void {
    this.problem ??= problem;
    this.#ended = true;
    this.#sink = undefined;
  }

  #endEntry(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.end();
  }

  #readHeader(header: Buffer): void {
    if (isZero(header)) {
      // Two such blocks end an archive. Nothing after the first one is an entry.
      this.#ended = true;
      return;
    }
    const stated = sizeIn(header);
    if (stated === undefined || !hasChecksum(header)) {
      this.#stop('a header is damaged');
      return;
    }
    const type = typeOf(header);
    if (isExtension(type)) {
      this.#readAttributes(type, stated);
      return;
    }
    const given = this.#path ?? pathIn(header, 'utf8');
    const isFile = type === '0' || type === '7';
    const isFolder = type === '5' || (isFile && given.endsWith('/'));
    const isLink = type === '1';
    const size = hasContent(header) ? (this.#size ?? stated) : 0;
    const linked = isLink ? cleanPath(this.#link ?? linkIn(header, 'utf8')) : undefined;
    const target = linked === undefined ? {} : { target: linked };
    this.#path = this.#link = this.#size = undefined;
    const kind = isFolder ? 'folder' : isFile ? 'file' : isLink ? 'hardlink' : 'other';
    const path = cleanPath(given);
    this.#begin(
      size,
      path === undefined ? undefined : this.#onEntry({ path, kind, size, ...target }),
    );
  }

  #begin(size: number, sink: Sink | undefined): void {
    this.#left = size;
    this.#padding = paddingBytes(size);
    this.#sink = sink;
    if (size === 0) this.#endEntry();
  }

  /** Reads a PAX header (`x`), or a long name or link target of GNU tar (`L`, `K`). Global headers say nothing here. */
  #readAttributes(type: string, size: number): void {
    if (size > maxAttributeBytes) {
      this.#stop('attributes of an entry are too long');
      return;
    }
    const parts: Buffer[] = [];
    const isRead = type !== 'g';
    this.#begin(size, {
      write: (chunk) => {
        if (isRead) parts.push(Buffer.from(chunk));
      },
      end: () => {
        const bytes = Buffer.concat(parts);
        if (type === 'L') this.#path = textIn(bytes, 'utf8');
        else if (type === 'K') this.#link = textIn(bytes, 'utf8');
        else if (type === 'x') this.#readPax(bytes);
      },
    });
  }

  /** Reads records of the form `LENGTH KEY=VALUE\n` (POSIX pax, extended header). */
  #readPax(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const space = bytes.indexOf(0x20, at);
      const digits = bytes.toString('latin1', at, Math.max(space, at));
      const equals = bytes.indexOf(0x3d, Math.max(space, at));
      // Number() would also take `1e-99`, after which the next record would begin where this one does.
      const end = /^\d{1,10}$/.test(digits) ? at + Number(digits) : 0;
      const isRecord = equals > space && equals < end && bytes[end - 1] === 0x0a;
      if (!isRecord) {
        this.#stop('attributes of an entry are damaged');
        return;
      }
      const key = bytes.toString('utf8', space + 1, equals);
      const value = bytes.toString('utf8', equals + 1, end - 1);
      if (key === 'path') this.#path = value;
      else if (key === 'linkpath') this.#link = value;
      else if (key === 'size') {
        if (/^\d{1,15}$/.test(value)) this.#size = Number(value);
        else this.#stop('the size of an entry is damaged');
      }
      at = end;
    }
  }
}

/** Returns a path without `.`, empty segments and slashes around it; undefined for one that leads outside. */
function cleanPath(path: string): string | undefined {
  if (/^(?:\.\/)?[^./][^/]*(?:\/[^./][^/]*)*$/.test(path)) {
    return path.startsWith('./') ? path.slice(2) : path;
  }
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  return segments.includes('..') ? undefined : segments.join('/');
}
