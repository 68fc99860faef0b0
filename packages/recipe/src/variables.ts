/** Values known at one place of a Dockerfile. */
export type Variables = Readonly<Record<string, string>>;

/** `$A`, `${A}`, `${A:-word}`, `${A:+word}` expanded as by BuildKit; an unset variable becomes empty. */
export function expand(text: string, variables: Variables): string {
  return text.replaceAll(
    /\\\$|\$(?:(\w+)|\{(\w+)(?::?([-+])([^}]*))?\})/g,
    (whole, bare?: string, braced?: string, operator?: string, word = '') => {
      if (whole === '\\$') return '$';
      const value = variables[bare ?? braced ?? ''] ?? '';
      if (operator === '-') return value === '' ? expand(word, variables) : value;
      if (operator === '+') return value === '' ? '' : expand(word, variables);
      return value;
    },
  );
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
