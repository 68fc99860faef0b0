/** One statement of an env file and its position in the text, without interpolation. */
export interface EnvStatement {
  /** May be empty, and may contain characters that no shell accepts: see `scanEnvFile`. */
  readonly name: string;
  /** From `export` or the name to the end of the value, including its closing quote. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
  /** Undefined for a name alone, whose value comes from the environment. */
  readonly value: EnvValue | undefined;
}

export interface EnvValue {
  /** Start position in the text, including the quote; the value ends with its statement. */
  readonly start: number;
  readonly quote: '"' | "'" | undefined;
  /** Without quotes and escapes. In single quotes this is the value, else a template: see `template.ts`. */
  readonly text: string;
}

export interface EnvComment {
  /** From the `#` to the end of the line. */
  readonly start: number;
  readonly end: number;
}

/** Why Compose refuses an env file; never contains any of its values. */
export interface EnvProblem {
  readonly line: number;
  readonly message: string;
}

export interface EnvSyntax {
  readonly statements: readonly EnvStatement[];
  /** Comments on a line of their own, or after a quoted value. */
  readonly comments: readonly EnvComment[];
  /** Where lines can be added: at the end, or before a last line whose meaning a newline would change. */
  readonly appendAt: number;
  /** The first syntax error; statements and comments are those before it. */
  readonly problem: EnvProblem | undefined;
}

export const bom = '\uFEFF';
// Go code uses two kinds of space here: unicode.IsSpace, and compose-go's own, which excludes newlines.
const blanks = /\p{White_Space}*/uy;
const inlineBlanks = /[\t\v\f\r \u0085\u00A0]*/y;
const blank = /^\p{White_Space}$/u;
const exportWord = /export[\t\n\f\r ]+/y;
const nameEnd = /[=:\n]/g;
const foreignInName = /[^\p{L}\p{N}_.\-[\]\t\v\f\r \u0085\u00A0]/u;

/**
 * Splits an env file into statements. A port of compose-go's `dotenv/parser.go`, whose grammar is the same from v2.0.2
 * (Compose 2.26) to v2.13.0. Surprising rules:
 *
 * - a `#` starts a comment only after a space (`a#b` and `a<tab>#b` are values), and not at the start of a value:
 *   `A= # note` has the value `# note`; it also cuts off the default in `${A:-a # b}`, which is refused;
 * - a statement ends at its closing quote, and another may follow on the same line: `A="x"B=2` sets two;
 * - quotes may contain newlines; `\` does not continue a line; a lone carriage return does not end one;
 * - `NAME: value` is the same as `NAME=value`;
 * - a name may contain letters of any script, dots, dashes, brackets and tabs, or be empty (`export =1`);
 * - a name on the last line without a newline is the value of the empty name.
 */
export function scanEnvFile(text: string): EnvSyntax {
  const statements: EnvStatement[] = [];
  const comments: EnvComment[] = [];
  const lines = lineCounter(text);
  let at = text.startsWith(bom) ? bom.length : 0;
  let appendAt = text.length;
  for (;;) {
    at = after(blanks, text, at);
    if (at === text.length) return { statements, comments, appendAt, problem: undefined };
    if (text[at] === '#') {
      const end = endOf(text, '\n', at);
      comments.push({ start: at, end });
      at = end;
    } else {
      const line = lines(at);
      const scanned = scanStatement(text, at, line);
      if (typeof scanned === 'string') {
        return { statements, comments, appendAt, problem: { line, message: scanned } };
      }
      statements.push(scanned.statement);
      if (scanned.isOpenName) appendAt = at;
      at = scanned.next;
    }
  }
}

interface Scanned {
  readonly statement: EnvStatement;
  readonly next: number;
  /** Whether the text ends with a name and no newline, so that it is not read as a name. */
  readonly isOpenName: boolean;
}

/** Reads one statement, or returns what is wrong with it. */
function scanStatement(text: string, start: number, line: number): Scanned | string {
  exportWord.lastIndex = start;
  const nameStart = exportWord.test(text) ? after(inlineBlanks, text, start + 6) : start;
  if (nameStart === text.length) return '"export" without a name';
  nameEnd.lastIndex = nameStart;
  const mark = nameEnd.exec(text);
  const written = text.slice(nameStart, mark?.index);
  const foreign = foreignInName.exec(written)?.[0];
  // Show only the character: the rest may belong to a value, even to a password.
  if (foreign !== undefined) return `${shown(foreign)} in a name`;
  const name = mark === null ? '' : trimmedEnd(written);
  if (name.includes(' ')) return 'a space in a name';
  const next = mark === null ? nameStart : mark.index + 1;
  if (mark?.[0] === '\n') {
    const end = nameStart + name.length;
    return { statement: { name, start, end, line, value: undefined }, next, isOpenName: false };
  }
  const scanned = scanValue(text, { name, start, line }, next);
  return typeof scanned === 'string' ? scanned : { ...scanned, isOpenName: mark === null };
}

function scanValue(
  text: string,
  named: Pick<EnvStatement, 'name' | 'start' | 'line'>,
  separatorEnd: number,
): Omit<Scanned, 'isOpenName'> | string {
  const start = after(inlineBlanks, text, separatorEnd);
  const quote = text[start];
  if (quote === '"' || quote === "'") {
    const quoted = scanQuoted(text, start, quote);
    if (quoted === undefined) return `the value of ${named.name} has no closing ${quote}`;
    const { content, end } = quoted;
    const value: EnvValue = { start, quote, text: quote === '"' ? unescaped(content) : content };
    return { statement: { ...named, end, value }, next: end };
  }
  const newline = endOf(text, '\n', start);
  const [beforeComment = ''] = text.slice(start, newline).split(' #', 1);
  const content = trimmedEnd(beforeComment);
  // An empty value is placed right after the `=`, before blanks and a carriage return.
  const begin = content === '' ? separatorEnd : start;
  const value = { start: begin, quote: undefined, text: content };
  return { statement: { ...named, end: begin + content.length, value }, next: newline };
}

/** Reads up to the closing quote; removes backslashes before quotes of the same kind and keeps all others. */
function scanQuoted(
  text: string,
  start: number,
  quote: '"' | "'",
): { content: string; end: number } | undefined {
  const pieces: string[] = [];
  let from = start + 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === quote) {
      pieces.push(text.slice(from, at));
      return { content: pieces.join(''), end: at + 1 };
    }
    if (text[at] !== '\\') continue;
    if (text[at + 1] === quote) {
      pieces.push(text.slice(from, at));
      from = at + 1;
    }
    at++;
  }
  return undefined;
}

const escapes = /\\(?:(?<letter>[abcfnrtv$"\\])|0(?<digits>\d{0,3}))/g;
const letters: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  '\\': '\\',
  // The template turns this into a single `$`.
  $: '$$',
};

/**
 * Replaces the escapes in double quotes. Sequences that Go does not recognize stay, but lose a zero: `\08` becomes
 * `\8`.
 */
function unescaped(text: string): string {
  return text.replaceAll(escapes, (written: string, letter?: string, digits = '') => {
    if (letter !== undefined) return letters[letter] ?? written;
    const isOctal = /^[0-3][0-7]{2}$/.test(digits);
    return isOctal ? String.fromCodePoint(Number.parseInt(digits, 8)) : `\\${digits}`;
  });
}

/** Finds the end of a sticky pattern's match at a position; the position itself if nothing matches. */
function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** Trims what Go counts as space, which differs from `trimEnd`. A pattern would take quadratic time for long runs. */
function trimmedEnd(text: string): string {
  let end = text.length;
  while (blank.test(text[end - 1] ?? '')) end--;
  return text.slice(0, end);
}

/** Finds a mark from a position on; the end of the text if there is none. */
function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found;
}

/** Returns a counter of lines that continues from its previous position, so that a long file is scanned only once. */
function lineCounter(text: string): (at: number) => number {
  let line = 1;
  let counted = 0;
  return (at) => {
    for (let newline = text.indexOf('\n', counted); newline !== -1 && newline < at; ) {
      line++;
      counted = newline + 1;
      newline = text.indexOf('\n', counted);
    }
    return line;
  };
}

function shown(character: string): string {
  const isPlain = /^[\x21-\x7E]$/.test(character);
  if (isPlain) return `"${character}"`;
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
