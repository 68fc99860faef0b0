/** Ranges of code points of letters in scripts, and of other characters in file names. */
const alphabets: readonly (readonly [first: number, last: number])[] = [
  [0x61, 0x7a],
  [0x30, 0x39],
  [0xc0, 0x17f], // Latin with marks
  [0x1e00, 0x1eff], // Vietnamese
  [0x391, 0x3ce], // Greek
  [0x410, 0x44f], // Cyrillic
  [0x531, 0x556], // Armenian
  [0x5d0, 0x5ea], // Hebrew
  [0x621, 0x64a], // Arabic
  [0x905, 0x94d], // Devanagari
  [0x985, 0x9a8], // Bengali
  [0xb85, 0xb95], // Tamil
  [0xe01, 0xe30], // Thai
  [0xf40, 0xf69], // Tibetan
  [0x10d0, 0x10f0], // Georgian
  [0x1100, 0x1112], // Hangul letters
  [0x1200, 0x1248], // Ethiopic
  [0x13a0, 0x13f5], // Cherokee
  [0x1780, 0x17a2], // Khmer
  [0x1820, 0x1842], // Mongolian
  [0x3041, 0x3096], // Hiragana
  [0x30a1, 0x30fa], // Katakana
  [0x4e00, 0x9fff], // Han
  [0xac00, 0xd7a3], // Hangul
  [0xf900, 0xfa6d], // Han that composes to others
  [0xff21, 0xff5a], // Latin at full width
  [0x10400, 0x1044f], // Deseret, with cases beyond 16 bits
  [0x1e900, 0x1e943], // Adlam
  [0x1f600, 0x1f64f], // Emoji
  [0x20000, 0x2a6df], // rare Han
];
/** Combining marks, joiners, white space, punctuation, and characters that nobody should have in a name. */
const others: readonly string[] = [
  ...[
    '\u0301',
    '\u0308',
    '\u0327',
    '\u3099',
    '\u093c',
    '\u1161',
    '\u11a8',
    '\u200d',
    '\u200c',
    '\ufe0f',
  ],
  ...[
    ' ',
    '\u3000',
    '\u00a0',
    '-',
    '_',
    '.',
    '(',
    ')',
    "'",
    '"',
    ':',
    '*',
    '&',
    '$',
    '`',
    '#',
    '%',
    ';',
    '!',
  ],
  ...[
    '，',
    '。',
    '《',
    'ı',
    'ß',
    'ſ',
    'İ',
    'K',
    'ﬁ',
    '\\',
    '\n',
    '\t',
    '\u202e',
    '\u00ad',
    '\ufeff',
    '\u0378',
  ],
];
const forms = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const;

/**
 * Makes paths of one to three segments in every script, mixed with marks, spaces and controls, in each form of Unicode or
 * none: names that a Linux file system can have, whether a bundle may or not. `next` gives numbers below its argument.
 */
export function anyPath(next: (limit: number) => number): string {
  return Array.from({ length: 1 + next(3) }, () => anyName(next)).join('/');
}

function anyName(next: (limit: number) => number): string {
  const [first, last] = pick(alphabets, next);
  // Some are long, up to the limit of file systems.
  const length = next(12) === 0 ? 60 + next(120) : 1 + next(16);
  let name = '';
  for (let count = 0; count < length; count += 1) {
    const other = next(8) === 0 && count > 0;
    name += other ? pick(others, next) : String.fromCodePoint(first + next(last - first + 1));
  }
  const form = next(6);
  const text = form < forms.length ? name.normalize(forms[form]) : name;
  return cut(text) || 'x';
}

/** Returns as many whole characters as fit. */
function cut(name: string): string {
  let kept = '';
  for (const character of name) {
    if (Buffer.byteLength(kept + character) > 255) break;
    kept += character;
  }
  return kept;
}

function pick<T>(list: readonly T[], next: (limit: number) => number): T {
  const item = list[next(list.length)];
  if (item === undefined) throw new Error('an empty list');
  return item;
}
