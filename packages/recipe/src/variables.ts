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
