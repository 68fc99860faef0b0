import { limits } from './limits.ts';

/** Why a path is not allowed in a bundle (docs/bundle-format.md §1.5); undefined when it is. */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'it is empty';
  if (byteLength(path) > limits.maxPathBytes) {
    return `it is longer than ${limits.maxPathBytes} bytes in UTF-8`;
  }
  const segments = path.split('/');
  if (segments.length > limits.maxPathDepth)
    return `it is deeper than ${limits.maxPathDepth} folders`;
  for (const segment of segments) {
    if (segment === '') return 'it is absolute or has an empty segment';
    const problem = nameProblem(segment);
    if (problem !== undefined) return problem;
  }
  return /^[A-Za-z]:/.test(path) ? 'it begins like a drive of Windows' : undefined;
}

/** The same for one segment of a path, such as the name of a file beside a bundle. */
export function nameProblem(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return `it has a "${name}" segment`;
  if (/[. ]$/.test(name)) return 'a segment ends with a dot or a space, which Windows drops';
  if (/^[A-Za-z0-9._@+-]+$/.test(name) && name.length <= limits.maxNameBytes) return undefined;
  if (byteLength(name) > limits.maxNameBytes) {
    return `a segment is longer than ${limits.maxNameBytes} bytes in UTF-8`;
  }
  for (const [kind, characters] of refused()) {
    const [character] = characters.exec(name) ?? [];
    if (character !== undefined) return `it has ${kind} (${codePoint(character)})`;
  }
  // Unicode's composed form, the only one that every tar program keeps as it is.
  return name === name.normalize('NFC') ? undefined : 'it is not in the composed form (NFC)';
}

/**
 * Characters that make a name unsafe to show, to compare or to unpack, each with its kind. The joiners of Persian,
 * Indian scripts, Mongolian and emoji are allowed after such a character, and variation selectors after any. A function,
 * since making these sets takes a short command 2 ms, and most names need none of them.
 */
const refused = (): readonly (readonly [kind: string, characters: RegExp])[] => [
  ['bytes that are not UTF-8', /[\p{Cs}\ufffd]/u],
  ['a control character', /\p{Cc}/u],
  ['a character that changes the direction of text', /\p{Bidi_Control}/u],
  ['a line separator', /[\p{Zl}\p{Zp}]/u],
  ['a backslash, which Windows takes for a slash', /\\/],
  ['a joiner that joins nothing', /(?<![[\p{L}\p{M}\p{S}]--\p{ASCII}])[\u180e\u200c\u200d]/v],
  ['a selector of variants of nothing', /^\p{Variation_Selector}/u],
  [
    'a character that does not show',
    /[[\p{Cf}\p{Default_Ignorable_Code_Point}]--[\p{Variation_Selector}\u180e\u200c\u200d]]/v,
  ],
  // Later versions of Unicode may compose or fold it.
  ['a character that is none', /\p{Cn}/u],
];

function codePoint(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `U+${hex.padStart(4, '0')}`;
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

/** Returns the name under which a file system that ignores case and forms of Unicode finds a path. */
export function foldedPath(path: string): string {
  if (/^[\x20-\x7e]*$/.test(path)) return path.toLowerCase();
  // The dotless i has the capital of another letter, and is not that letter.
  const folded = path.normalize('NFD').split('ı').map(foldedText).join('ı');
  return folded.normalize('NFD').replace(/\p{Default_Ignorable_Code_Point}/gu, '');
}

/** Full case folding: there and back, since some letters have two small forms and some capitals are two letters. */
function foldedText(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase();
}

/** Compares paths by the bytes of their UTF-8, which is the order of an archive. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    if (a.charCodeAt(at) !== b.charCodeAt(at)) {
      return (a.codePointAt(at) ?? 0) - (b.codePointAt(at) ?? 0);
    }
  }
  return a.length - b.length;
}

/** Why a path cannot be on every medium, although a bundle may have it: FAT, exFAT and NTFS refuse it. */
export function portabilityProblem(path: string): string | undefined {
  for (const segment of path.split('/')) {
    const [character] = /["*:<>?|]/.exec(segment) ?? [];
    if (character !== undefined) return `it has the character ${character}`;
    const [device] =
      /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=\.|$)/i.exec(segment) ?? [];
    if (device !== undefined) return `${device} is a device of Windows`;
  }
  return undefined;
}
