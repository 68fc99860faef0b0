import { dataKey } from './names.ts';

/** What a key is for: things of two kinds may have one name, and then have a key each. */
export type KeyKind = 'variable' | 'secret' | 'config' | 'file';

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
  readonly #keys = new Map<string, { usedBy: Set<string>; kind: KeyKind }>();

  constructor(name: string) {
    this.name = name;
  }

  /** Returns the key for a value, which `place` needs. */
  use(wanted: string, place: string, kind: KeyKind = 'variable'): string {
    const plain = dataKey(wanted);
    const isTaken = (this.#keys.get(plain)?.kind ?? kind) !== kind;
    const key = isTaken ? `${plain}-${kind}` : plain;
    const known = this.#keys.get(key) ?? { usedBy: new Set(), kind };
    known.usedBy.add(place);
    this.#keys.set(key, known);
    return key;
  }

  sorted(): SecretKey[] {
    return [...this.#keys]
      .map(([key, { usedBy, kind }]) => ({
        ...{ key, usedBy: [...usedBy].sort(), isFile: kind !== 'variable' },
      }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}
