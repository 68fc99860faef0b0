import { invisible } from '@bundle/format';
import type { Package, Reading } from '../package.ts';

/** Longest name, version or licence: others are no names, and would fill every table. */
const maxLength = 256;

/** Returns a field as one line, or undefined if it is empty, too long or has characters that do not show. */
export function plain(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  if (!trimmed || trimmed.length > maxLength || trimmed.search(invisible) !== -1) return undefined;
  return trimmed;
}

/** Collects the packages of one file, and counts those that cannot be listed. */
export class Collector {
  readonly packages: Package[] = [];
  readonly #problems: string[] = [];
  #unnamed = 0;

  /** Adds a package unless its name or its version cannot be shown. Other fields that cannot be are left out. */
  add(found: { readonly [Key in keyof Package]: Package[Key] | undefined }): void {
    const name = plain(found.name);
    const version = plain(found.version);
    if (name === undefined || (found.version !== undefined && version === undefined)) {
      this.#unnamed += 1;
      return;
    }
    const fields = Object.entries({ ...found, name, version }).flatMap(([key, value]) => {
      const text = plain(value);
      return text === undefined ? [] : [[key, text]];
    });
    this.packages.push({ ...Object.fromEntries(fields), type: found.type ?? 'generic', name });
  }

  problem(text: string): void {
    if (!this.#problems.includes(text)) this.#problems.push(text);
  }

  reading(): Reading {
    const unnamed =
      this.#unnamed === 0
        ? []
        : [`${this.#unnamed} entries without a usable name and version were left out`];
    return { packages: this.packages, problems: [...this.#problems, ...unnamed] };
  }
}

/** Yields the lines of UTF-8 text, one after another, so that a large file is never all strings at once. */
export function* linesOf(bytes: Buffer): Generator<string> {
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(0x0a, start);
    const end = found === -1 ? bytes.length : found;
    // A longer line holds nothing that is read here.
    yield bytes.toString('utf8', start, Math.min(end, start + maxLineBytes)).replace(/\r$/, '');
    start = end + 1;
  }
}

const maxLineBytes = 64 * 1024;

/** Yields stanzas of `Name: value` lines with empty lines between them. Of a field of several lines, the first counts. */
export function* stanzasOf(
  bytes: Buffer,
  wanted: ReadonlySet<string>,
): Generator<Map<string, string>> {
  let fields = new Map<string, string>();
  for (const line of linesOf(bytes)) {
    if (line.trim() === '') {
      if (fields.size > 0) yield fields;
      fields = new Map();
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0 || line.startsWith(' ') || line.startsWith('\t')) continue;
    const name = line.slice(0, colon);
    if (wanted.has(name) && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  if (fields.size > 0) yield fields;
}
