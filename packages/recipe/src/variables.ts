/** Values known at one place of a Dockerfile. */
export type Variables = Readonly<Record<string, string>>;

/** Limit of variables inside one another, so that no text makes the recursion overflow. */
const maxDepth = 100;

/**
 * Expands variables in a word whose quotes are removed: `$A`, `${A}`, `${A:-word}`, `${A:+word}`, `${A:?words}`, and what
 * cuts or replaces a pattern (`${A#x*}`, `${A%x}`, `${A/x/y}`). An unset variable becomes empty; what is not a variable
 * stays as it is.
 */
export function expand(text: string, variables: Variables): string {
  const reader = new Reader(text, variables);
  let result = '';
  while (reader.at < text.length) {
    const start = reader.at;
    const isEscaped = text.startsWith('\\$', start);
    const value = !isEscaped && text[start] === '$' ? reader.variable() : undefined;
    result += value ?? text[isEscaped ? start + 1 : start];
    if (value === undefined) reader.at = start + (isEscaped ? 2 : 1);
  }
  return result;
}

/**
 * Reads a word of a Dockerfile as BuildKit does: variables replaced where they are not in single quotes, quotes removed,
 * and what a backslash protects left as it is. Undefined for a word that BuildKit refuses, or that only a newer one
 * understands.
 */
export function readWord(word: string, variables: Variables): string | undefined {
  return new Reader(word, variables).word('');
}

/** Follows BuildKit's lexer (frontend/dockerfile/shell/lex.go). Its functions return undefined where that one fails. */
class Reader {
  at = 0;
  #depth = 0;
  readonly #text: string;
  readonly #variables: Variables;

  constructor(text: string, variables: Variables) {
    this.#text = text;
    this.#variables = variables;
  }

  /** Reads up to `stop` and skips that; `''` is the end of the text. Escapes stay in patterns. */
  word(stop: string, keepsEscapes = false): string | undefined {
    let result = '';
    while (this.at < this.#text.length) {
      if (this.#text[this.at] === stop) {
        this.at += 1;
        return result;
      }
      const piece = this.#piece(keepsEscapes);
      if (piece === undefined) return undefined;
      result += piece;
    }
    return stop === '' ? result : undefined;
  }

  /** Reads a variable; the text continues with `$`. */
  variable(): string | undefined {
    const bare = this.#match(/\$(\d+|\w+)/y);
    if (bare !== undefined) return this.#valueOf(bare[1]) ?? '';
    if (this.#text[this.at + 1] !== '{') return this.#skip('$');
    const [, name, operator = ''] = this.#match(/\$\{(\d+|\w+)(:?[-+?#%]|[/}])/y) ?? [];
    if (name === undefined || this.#depth === maxDepth) return undefined;
    this.#depth += 1;
    const value = this.#changed(this.#valueOf(name), operator);
    this.#depth -= 1;
    return value;
  }

  #piece(keepsEscapes: boolean): string | undefined {
    const character = this.#text[this.at] ?? '';
    if (character === '$') return this.variable();
    if (character === "'") return this.#match(/'([^']*)'/y)?.[1];
    if (character === '"') return this.#doubleQuoted(keepsEscapes);
    if (character !== '\\') return this.#skip(character);
    this.at += 1;
    return (keepsEscapes ? '\\' : '') + this.#skip(this.#text[this.at] ?? '');
  }

  #doubleQuoted(keepsEscapes: boolean): string | undefined {
    let result = this.#skip('"').slice(1);
    while (this.at < this.#text.length) {
      const character = this.#text[this.at] ?? '';
      if (character === '"') return result + this.#skip('"').slice(1);
      const piece =
        character === '$'
          ? this.variable()
          : (this.#match(/\\["$\\]/y)?.[0].slice(keepsEscapes ? 0 : 1) ?? this.#skip(character));
      if (piece === undefined) return undefined;
      result += piece;
    }
    return undefined;
  }

  /** Reads what follows the operator in `${A:-word}`, and applies it to the value of `A`. */
  #changed(value: string | undefined, operator: string): string | undefined {
    const kind = operator.at(-1);
    if (kind === '}') return value ?? '';
    if (kind === '/') {
      const isEach = this.#match(/\//y) !== undefined;
      const pattern = this.word('/', true);
      const other = pattern === undefined ? undefined : this.word('}', true);
      if (pattern === undefined || other === undefined) return undefined;
      return (value ?? '').replace(regexOf(pattern, '.*', isEach ? 'gs' : 's'), () => other);
    }
    const word = this.word('}', kind === '#' || kind === '%');
    if (word === undefined) return undefined;
    const isSet = value !== undefined && !(operator.startsWith(':') && value === '');
    if (kind === '-') return isSet ? value : word;
    if (kind === '+') return isSet ? word : '';
    if (kind === '?') return value ?? '';
    return without(value ?? '', kind === '#', word);
  }

  #valueOf(name: string | undefined): string | undefined {
    return Object.hasOwn(this.#variables, name ?? '') ? this.#variables[name ?? ''] : undefined;
  }

  #skip(characters: string): string {
    this.at += characters.length;
    return characters;
  }

  /** Skips what a sticky expression matches here. */
  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text) ?? undefined;
    this.at += found?.[0].length ?? 0;
    return found;
  }
}

/** Cuts the shortest beginning or end that matches; the longest where the pattern comes after a second `#` or `%`. */
function without(value: string, isBeginning: boolean, word: string): string {
  const isLongest = word.startsWith(isBeginning ? '#' : '%');
  const pattern = isLongest ? word.slice(1) : word;
  const any = isLongest ? '.*' : '.*?';
  if (isBeginning) return value.replace(regexOf(pattern, any, 's', '^'), '');
  // The shortest end begins last.
  const begins = Array.from({ length: value.length + 1 }, (_, at) => at);
  const atEnd = regexOf(pattern, any, 's', '^', '$');
  const start = (isLongest ? begins : begins.toReversed()).find((at) =>
    atEnd.test(value.slice(at)),
  );
  return value.slice(0, start);
}

function regexOf(pattern: string, any: string, flags: string, start = '', end = ''): RegExp {
  const source = pattern.replaceAll(/\\(.)|\*|\?|[^\w\s]/gs, (one, escaped?: string) => {
    if (one === '*') return any;
    if (one === '?') return '.';
    return (escaped ?? one).replace(/[^\w\s]/, '\\$&');
  });
  return new RegExp(start + source + end, flags);
}

/** Splits a line of a Dockerfile into words without their quotes. */
export function shellWords(text: string): string[] {
  return quotedWords(text).map((word) =>
    word.replaceAll(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_, double?: string, single?: string) =>
      double === undefined ? (single ?? '') : double.replaceAll(/\\(["\\])/g, '$1'),
    ),
  );
}

/** The same, with the quotes. */
export function quotedWords(text: string): string[] {
  return [...text.matchAll(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/g)].map(([word]) => word);
}
