/** One statement of an env file, and where in the text it stands. Nothing of its value is replaced yet. */
export interface EnvStatement {
  /** May be empty, and may hold what no shell takes: see `scanEnvFile`. */
  readonly name: string;
  /** From `export` or the name, to the last character of the value or the quote that closes it. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
  /** Undefined for a name alone, which takes its value from the environment. */
  readonly value: EnvValue | undefined;
}

export interface EnvValue {
  /** Where it starts in the text, its quote included; it ends with its statement. */
  readonly start: number;
  readonly quote: '"' | "'" | undefined;
  /** Without quotes and escapes. In single quotes it is the value; else a template, see `template.ts`. */
  readonly text: string;
}

export interface EnvComment {
  /** From its `#`, to the end of the line. */
  readonly start: number;
  readonly end: number;
}

/** Why Compose refuses an env file, without a word of its values. */
export interface EnvProblem {
  readonly line: number;
  readonly message: string;
}

export interface EnvSyntax {
  readonly statements: readonly EnvStatement[];
  /** Those that have a line, or the rest of one behind a quoted value, to themselves. */
  readonly comments: readonly EnvComment[];
  /** Where lines can be added: the end, or in front of a last line that a newline would make another statement. */
  readonly appendAt: number;
  /** Where it cannot be read on; statements and comments are those before. */
  readonly problem: EnvProblem | undefined;
}

export const bom = '\uFEFF';
// Go has two notions of a space: unicode.IsSpace, and compose-go's own, which no newline is.
const blanks = /\p{White_Space}*/uy;
const inlineBlanks = /[\t\v\f\r \u0085\u00A0]*/y;
const blank = /^\p{White_Space}$/u;
const exportWord = /export[\t\n\f\r ]+/y;
const nameEnd = /[=:\n]/g;
const foreignInName = /[^\p{L}\p{N}_.\-[\]\t\v\f\r \u0085\u00A0]/u;

/**
 * Cuts an env file into its statements: a port of compose-go's `dotenv/parser.go`, of the same grammar from
 * v2.0.2 (Compose 2.26) to v2.13.0. What surprises:
 *
 * - a `#` begins a comment only behind a space (`a#b` and `a<tab>#b` are values), and not where the value would begin:
 *   `A= # note` has the value `# note`; it also ends the default in `${A:-a # b}`, and that is refused;
 * - a statement ends with its closing quote, and another may follow in the line: `A="x"B=2` sets two;
 * - quotes may hold newlines, and `\` continues no line; a lone carriage return ends none;
 * - `NAME: value` is the same as `NAME=value`;
 * - a name may hold letters of any script, dots, dashes, brackets and tabs, or be empty (`export =1`);
 * - a last line that is a name without a newline behind it is the value of the empty name.
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
  /** A name at the end of the text, with no newline to tell that it is one. */
  readonly isOpenName: boolean;
}

/** Reads one statement, or says what is wrong with it. */
function scanStatement(text: string, start: number, line: number): Scanned | string {
  exportWord.lastIndex = start;
  const nameStart = exportWord.test(text) ? after(inlineBlanks, text, start + 6) : start;
  if (nameStart === text.length) return '"export" without a name';
  nameEnd.lastIndex = nameStart;
  const mark = nameEnd.exec(text);
  const written = text.slice(nameStart, mark?.index);
  const foreign = foreignInName.exec(written)?.[0];
  // The character alone: the rest may be what is left of a value, and that a password.
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
  // An empty value stands right behind the `=`, before blanks and a carriage return.
  const begin = content === '' ? separatorEnd : start;
  const value = { start: begin, quote: undefined, text: content };
  return { statement: { ...named, end: begin + content.length, value }, next: newline };
}

/** Reads up to the quote that closes; a backslash before a quote of that kind goes, every other one stays. */
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
  // Left for the template to make one of.
  $: '$$',
};

/** Replaces the escapes of double quotes. What Go takes for none is left, and loses a zero: `\08` is `\8`. */
function unescaped(text: string): string {
  return text.replaceAll(escapes, (written: string, letter?: string, digits = '') => {
    if (letter !== undefined) return letters[letter] ?? written;
    const isOctal = /^[0-3][0-7]{2}$/.test(digits);
    return isOctal ? String.fromCodePoint(Number.parseInt(digits, 8)) : `\\${digits}`;
  });
}

/** Finds the end of what a sticky pattern matches at a place; the place itself where that is nothing. */
function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** Cuts off what Go counts as space, which `trimEnd` does not. A pattern would take quadratic time for long runs. */
function trimmedEnd(text: string): string {
  let end = text.length;
  while (blank.test(text[end - 1] ?? '')) end--;
  return text.slice(0, end);
}

/** Finds a mark from a place on; the end of the text where it does not come. */
function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found;
}

/** Counts on from the place before, so that a long file is gone through once. */
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
