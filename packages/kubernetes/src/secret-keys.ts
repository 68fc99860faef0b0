import { dataKey } from './names.ts';

/** A value that the operator puts into the Secret. */
export interface SecretKey {
  readonly key: string;
  /** Places in the Compose file that need it. */
  readonly usedBy: readonly string[];
  /** Whether it is the content of a file. */
  readonly isFile: boolean;
}

/** Collects the keys that the Secret of an application has to have. */
export class SecretKeys {
  /** Name of the Secret. */
  readonly name: string;
  readonly #keys = new Map<string, { usedBy: Set<string>; isFile: boolean }>();

  constructor(name: string) {
    this.name = name;
  }

  /** Returns the key for a value, which `place` needs. */
  use(wanted: string, place: string, isFile = false): string {
    const key = dataKey(wanted);
    const known = this.#keys.get(key) ?? { usedBy: new Set(), isFile };
    known.usedBy.add(place);
    this.#keys.set(key, known);
    return key;
  }

  sorted(): SecretKey[] {
    return [...this.#keys]
      .map(([key, { usedBy, isFile }]) => ({ key, usedBy: [...usedBy].sort(), isFile }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}
