/** A variable that a Compose file uses, as `${NAME…}` says it. */
export interface Variable {
  readonly name: string;
  readonly defaultValue: string | undefined;
  readonly required: boolean;
}

const use =
  /\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])((?:[^{}]|\{[^{}]*\})*))?\}|([A-Za-z_][A-Za-z0-9_]*))/g;

/** Variables of all strings in a document (Compose specification, interpolation), by name. */
export function variablesOf(documents: readonly unknown[]): Variable[] {
  const found = new Map<string, Variable>();
  for (const text of documents.flatMap(stringsOf)) {
    for (const match of text.matchAll(use)) {
      const name = match[1] ?? match[4];
      if (name === undefined) continue;
      const operator = match[2] ?? '';
      const known = found.get(name);
      found.set(name, {
        name,
        defaultValue: known?.defaultValue ?? (operator.endsWith('-') ? match[3] : undefined),
        required: known?.required === true || operator.endsWith('?'),
      });
      // A default may itself name variables.
      for (const inner of variablesOf([match[3] ?? ''])) {
        if (!found.has(inner.name)) found.set(inner.name, inner);
      }
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(stringsOf);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(stringsOf);
  return [];
}

/** env.example for a project that has none: names and defaults out of the Compose files, never a value of `.env`. */
export function envExampleText(variables: readonly Variable[]): string {
  const lines = variables.map(({ name, defaultValue, required }) =>
    required || defaultValue === undefined
      ? `# ${required ? 'required' : 'empty when unset'}\n${required ? '' : '#'}${name}=`
      : `#${name}=${defaultValue}`,
  );
  const head = '# Settings of the application. Copy this file to .env and change what you need.\n';
  return `${head}${lines.join('\n')}${lines.length > 0 ? '\n' : ''}`;
}

/** What `docker compose` does with `${…}`; `undefined` variables become empty, `?` without a value fails. */
export function interpolate(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(
    use,
    (whole: string, braced?: string, operator?: string, rest?: string, bare?: string) => {
      const name = braced ?? bare;
      if (name === undefined) return whole === '$$' ? '$' : whole;
      const value = lookup(name);
      const isSet =
        operator?.startsWith(':') === true
          ? value !== undefined && value !== ''
          : value !== undefined;
      const inner = interpolate(rest ?? '', lookup);
      if (operator?.endsWith('-') === true) return isSet ? (value ?? '') : inner;
      if (operator?.endsWith('+') === true) return isSet ? inner : '';
      if (operator?.endsWith('?') === true && !isSet)
        throw new Error(`${name} is required: ${inner}`);
      return value ?? '';
    },
  );
}
