import { posix } from 'node:path';
import { reasonOf, visible } from '@bundle/format';
import { type Reading, sbomLimits } from '../package.ts';
import { readGo } from '../read/go.ts';
import { readNpm } from '../read/npm.ts';
import { readOsRelease } from '../read/os-release.ts';
import { type Reader, readerOf } from '../read/readers.ts';
import { CoveredPathsMaker } from './covered-paths.ts';
import { GoFinder } from './go-finder.ts';
import type { FoundFile, LayerRecord } from './record.ts';
import { type Sink, type TarEntry, TarWalker } from './tar-walker.ts';

const osRelease: ReadonlySet<string> = new Set(['etc/os-release', 'usr/lib/os-release']);
const maxOsReleaseBytes = 64 * 1024;
/** Go programs are larger than this; so are few of the other files. */
const leastProgramBytes = 256 * 1024;
/** pnpm links packages from its store, where a file is named after its content. */
const pnpmStore = /\/files\/[0-9a-f]{2}\/[0-9a-f]{40,}(?:-exec)?$/;
const maxLinkedBytes = 256 * 1024;
const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

/**
 * Reads the packages of a layer while its uncompressed tar streams past. Only files that list packages are held in memory,
 * one at a time and up to a limit. Nothing in a layer makes it fail: what cannot be read is a problem in the record.
 */
export class LayerReader {
  readonly #walker = new TarWalker((entry) => this.#onEntry(entry));
  readonly #covered = new CoveredPathsMaker();
  readonly #files = new Map<string, FoundFile>();
  readonly #distributions = new Map<string, LayerRecord['distributions'][number]>();
  readonly #problems: string[] = [];
  /** What each package.json in a store of pnpm says: links to it follow. */
  readonly #stored = new Map<string, Reading>();
  #packages = 0;

  /** Takes the next bytes; they may be reused afterwards. */
  push(chunk: Buffer): void {
    this.#walker.push(chunk);
  }

  end(): LayerRecord {
    this.#walker.end();
    const { problem } = this.#walker;
    if (problem !== undefined) this.#problems.push(`the layer was not read to its end: ${problem}`);
    return {
      recordVersion: 1,
      files: [...this.#files.values()],
      distributions: [...this.#distributions.values()],
      covered: this.#covered.text(),
      problems: this.#problems,
    };
  }

  #onEntry({ path, kind, size, target }: TarEntry): Sink | undefined {
    const name = posix.basename(path);
    if (this.#covered.count >= sbomLimits.maxEntries) {
      this.#layerProblem(`only its first ${sbomLimits.maxEntries} entries were read`);
      return undefined;
    }
    if (name.startsWith(whiteout)) {
      const folder = posix.dirname(path) === '.' ? '' : posix.dirname(path);
      if (name === opaque) this.#covered.add('opaque', folder);
      // Other names of this form are notes that aufs kept for itself.
      else if (!name.startsWith('.wh..wh.')) {
        this.#covered.add('file', posix.join(folder, name.slice(whiteout.length)));
      }
      return undefined;
    }
    this.#covered.add(kind === 'folder' ? 'folder' : 'file', path);
    // A path that occurs again replaces the first one.
    this.#files.delete(path);
    this.#distributions.delete(path);
    if (kind === 'hardlink') return this.#link(path, target ?? '');
    if (kind !== 'file') return undefined;
    if (osRelease.has(path)) return this.#distribution(path, size);
    const reader = readerOf(path);
    if (reader !== undefined) return this.#database(path, size, reader);
    if (size <= maxLinkedBytes && pnpmStore.test(path)) return this.#store(path, size);
    if (size < leastProgramBytes) return undefined;
    return new GoFinder((info) => this.#keep(path, () => readGo(info)));
  }

  /** Gives a second name what was found under the first one, whose bytes have streamed past. */
  #link(path: string, target: string): undefined {
    const file = this.#files.get(target);
    const first = file ?? this.#stored.get(target);
    const isRead = readerOf(path) !== undefined;
    // A program of Go has no name by which it is known.
    const isProgram = file !== undefined && readerOf(target) === undefined;
    if (first !== undefined && (isRead || isProgram)) {
      const { packages, problems = [] } = first;
      this.#keep(path, () => ({ packages, problems }));
    } else if (isRead) {
      const problems = [`is a hard link to ${visible(target)}, which is not read`];
      this.#keep(path, () => ({ packages: [], problems }));
    }
    return undefined;
  }

  #store(path: string, size: number): Sink {
    return whole(size, (bytes) => {
      if (bytes[0] !== 0x7b || this.#stored.size >= sbomLimits.maxPackagesOfLayer) return;
      const found = readSafely(() => readNpm(bytes, path));
      if (found.packages.length > 0) this.#stored.set(path, { packages: found.packages });
    });
  }

  #distribution(path: string, size: number): Sink | undefined {
    if (size > maxOsReleaseBytes) return undefined;
    return whole(size, (bytes) => {
      const found = readOsRelease(bytes);
      if (found !== undefined) this.#distributions.set(path, { path, ...found });
    });
  }

  #database(path: string, size: number, { maxBytes, read }: Reader): Sink | undefined {
    if (size <= maxBytes) return whole(size, (bytes) => this.#keep(path, () => read(bytes, path)));
    const problems = [`has ${size} bytes; at most ${maxBytes} are read`];
    this.#keep(path, () => ({ packages: [], problems }));
    return undefined;
  }

  #keep(path: string, read: () => Reading): void {
    const { packages, problems = [] } = readSafely(read);
    if (packages.length === 0 && problems.length === 0) {
      // A database without packages is one, too.
      if (readerOf(path) === undefined) return;
    }
    this.#packages += packages.length;
    if (this.#packages > sbomLimits.maxPackagesOfLayer) {
      this.#layerProblem(`only its first ${sbomLimits.maxPackagesOfLayer} packages are listed`);
      return;
    }
    this.#files.set(path, {
      path,
      packages: [...packages],
      ...(problems.length === 0 ? {} : { problems: [...problems] }),
    });
  }

  #layerProblem(problem: string): void {
    if (
      this.#problems.length < sbomLimits.maxProblemsOfLayer &&
      !this.#problems.includes(problem)
    ) {
      this.#problems.push(problem);
    }
  }
}

/** Runs a reader. Foreign content can make a library fail in ways of its own. */
function readSafely(read: () => Reading): Reading {
  try {
    return read();
  } catch (error) {
    return {
      packages: [],
      problems: [`cannot be read: ${visible(reasonOf(error)).slice(0, 200)}`],
    };
  }
}

/** Collects an entry whose size is known to be acceptable. */
function whole(size: number, done: (bytes: Buffer) => void): Sink {
  const bytes = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  return {
    write: (chunk) => {
      filled += chunk.copy(bytes, filled);
    },
    end: () => done(bytes.subarray(0, filled)),
  };
}
