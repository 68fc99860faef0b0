/** The words of a command line up to the cursor; the last one is the word to complete, perhaps empty. */
export interface Line {
  /** Without quotes, after the name of the command. */
  readonly words: readonly string[];
  /** The quote that is open at the cursor. */
  readonly quote: '' | "'" | '"';
}

/**
 * Splits a command line of bash up to the cursor. Knows quotes and backslashes; variables and substitutions stay as they
 * are written, and nothing is run.
 */
export function splitLine(text: string): Line {
  const words: string[] = [];
  let word = '';
  let quote: Line['quote'] = '';
  let isInside = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote === '' && /\s/.test(char)) {
      if (isInside) words.push(word);
      word = '';
      isInside = false;
      continue;
    }
    isInside = true;
    if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === '\\' && quote !== "'") {
      at += 1;
      word += text.charAt(at);
    } else word += char;
  }
  const all = [...words, word];
  const first = all.findIndex((one) => !/^\w+=/.test(one));
  return { words: all.slice(first + 1), quote };
}

/** Characters at which bash divides a word before it completes the rest (COMP_WORDBREAKS). */
const breaks = /.*[=:]/s;

/**
 * Writes a value as bash needs it: only what follows the last break of the word, with special characters quoted unless a
 * quote is open.
 */
export function forBash(value: string, { words, quote }: Line): string {
  const prefix = quote === '' ? (breaks.exec(words.at(-1) ?? '')?.[0] ?? '') : '';
  const rest = value.startsWith(prefix) ? value.slice(prefix.length) : value;
  return quote === '' ? rest.replace(/[\s\\"'`$&|;<>()*?[\]{}!#]/g, '\\$&') : rest;
}
