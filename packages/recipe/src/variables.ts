/** Values known at one place of a Dockerfile. */
export type Variables = Readonly<Record<string, string>>;

/**
 * Expands variables as BuildKit does: `$A`, `${A}`, `${A:-word}`, `${A:+word}`, `${A:?words}`, and what cuts or replaces a
 * pattern (`${A#x*}`, `${A%x}`, `${A/x/y}`). An unset variable becomes empty.
 */
export function expand(text: string, variables: Variables): string {
  return text.replaceAll(
    /\\\$|\$(?:(\w+)|\{(\w+)(?::?([-+?])([^}]*)|(##?|%%?|\/\/?)([^}]*))?\})/g,
    (
      whole,
      bare?: string,
      braced?: string,
      operator?: string,
      word = '',
      cut?: string,
      rest = '',
    ) => {
      if (whole === '\\$') return '$';
      const value = variables[bare ?? braced ?? ''] ?? '';
      if (operator === '-') return value === '' ? expand(word, variables) : value;
      if (operator === '+') return value === '' ? '' : expand(word, variables);
      return cut === undefined ? value : withoutPattern(value, cut, expand(rest, variables));
    },
  );
}

/** `operator`: `#` or `%` for the shortest beginning or end that matches, twice for the longest; `/` for another text. */
function withoutPattern(value: string, operator: string, rest: string): string {
  const [pattern = '', replacement = ''] = operator.startsWith('/')
    ? rest.split(/\/(.*)/s)
    : [rest];
  const any = operator.length === 1 && !operator.startsWith('/') ? '.*?' : '.*';
  const source = pattern.replaceAll(/\\(.)|\*|\?|[^\w\s]/gs, (one, escaped?: string) => {
    if (one === '*') return any;
    return one === '?' ? '.' : `\\${escaped ?? one}`;
  });
  if (operator.startsWith('/')) {
    return value.replace(new RegExp(source, operator === '//' ? 'gs' : 's'), () => replacement);
  }
  if (operator.startsWith('#')) return value.replace(new RegExp(`^${source}`, 's'), '');
  // The shortest end begins last.
  const begins = Array.from({ length: value.length + 1 }, (_, at) => at);
  const atEnd = new RegExp(`^${source}$`, 's');
  const start = (operator === '%' ? begins.toReversed() : begins).find((at) =>
    atEnd.test(value.slice(at)),
  );
  return value.slice(0, start);
}

/**
 * A word of a Dockerfile as BuildKit reads it: variables replaced where they are not in single quotes, quotes removed, and
 * what a backslash protects left as it is.
 */
export function readWord(word: string, variables: Variables): string {
  const pieces =
    /'(?<single>[^']*)'|"(?<double>(?:\\.|[^"\\])*)"|\\(?<escaped>.)|(?<plain>(?:\$\{[^}]*\}|[^'"\\])+)/gs;
  return [...word.matchAll(pieces)]
    .map(({ groups: { single, double, escaped, plain } = {} }) => {
      if (double !== undefined) return expand(double, variables).replaceAll(/\\(["\\])/g, '$1');
      return single ?? escaped ?? expand(plain ?? '', variables);
    })
    .join('');
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
