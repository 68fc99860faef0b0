/** A value in what would be packed that looks like a secret. */
export interface SecretFinding {
  /** Name for waiving it: `PLACE:WHAT`. */
  readonly name: string;
  /** `error` stops the export; `warning` is a fixed password that looks like a default. */
  readonly severity: 'error' | 'warning';
  /** Path in the bundle, `source/PATH` in the packed source, or `image REFERENCE`. */
  readonly place: string;
  /** 1-based line in a file. */
  readonly line?: number;
  /** Service in whose section of the Compose file the value is. */
  readonly service?: string;
  /** Name of the setting, or the rule that found the value, such as `github`. */
  readonly what: string;
  /** The value with all but a few characters hidden. */
  readonly masked: string;
}

/** A file of which nothing, or only the names of settings, was read. */
export interface NotScanned {
  readonly place: string;
  readonly bytes: number;
}

/** Returns a value with at most four characters readable, and only of a long one. */
export function masked(value: string): string {
  const shown = value.length >= 20 ? value.slice(0, 4) : '';
  return `${shown}… (${value.length} characters)`;
}
