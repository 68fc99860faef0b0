import { foldedPath } from './path-rules.ts';

/** Paths that are in one place together; says which cannot be there beside those before them. */
export class PathNames {
  readonly #files = new Map<string, string>();
  /** Folders, each with a file in it. */
  readonly #folders = new Map<string, string>();
  readonly #nameOf: (path: string) => string;

  /** `folded`: as on file systems where neither case nor the form of Unicode counts. */
  constructor({ folded }: { readonly folded: boolean }) {
    this.#nameOf = folded ? foldedPath : (path) => path;
  }

  /** Adds the path of a file; returns the conflict, or undefined if there is none. */
  add(path: string): string | undefined {
    const name = this.#nameOf(path);
    const same = this.#files.get(name);
    if (same === path) return `${path} is there twice`;
    if (same !== undefined)
      return `${path} and ${same} are one name where case or the form of letters does not count`;
    const inside = this.#folders.get(name);
    if (inside !== undefined) return `${path} is a file and the folder of ${inside}`;
    for (let end = name.indexOf('/'); end !== -1; end = name.indexOf('/', end + 1)) {
      const folder = name.slice(0, end);
      const file = this.#files.get(folder);
      if (file !== undefined) return `${file} is a file and the folder of ${path}`;
      if (!this.#folders.has(folder)) this.#folders.set(folder, path);
    }
    this.#files.set(name, path);
    return undefined;
  }
}
