/** What is done with a variable that is unset, or (with `:`) empty: a default, an error, or the opposite. */
export type Operator = '' | '-' | ':-' | '?' | ':?' | '+' | ':+';

/** One `$NAME` or `${NAME…}` of a text. */
export interface VariableUse {
  readonly name: string;
  readonly operator: Operator;
  /** What follows the operator: a template itself. */
  readonly argument: string;
}

export type Lookup = (name: string) => string | undefined;

/** Defaults that hold variables that have defaults …: more than this is no Compose file. */
const maxNesting = 20;

/** Cuts a text at its variables (Compose specification, interpolation); `$$` is a `$`. Throws for bad syntax. */
export function parseTemplate(text: string): (string | VariableUse)[] {
  const parts: (string | VariableUse)[] = [];
  let at = 0;
  for (let dollar = text.indexOf('$'); dollar !== -1; dollar = text.indexOf('$', at)) {
    if (dollar > at) parts.push(text.slice(at, dollar));
    const { part, end } = parseVariable(text, dollar);
    parts.push(part);
    at = end;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

const bareName = /[A-Za-z_][A-Za-z0-9_]*/y;
const braced = /^(?<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?<operator>:?[-?+])(?<argument>.*))?$/s;

function parseVariable(text: string, dollar: number): { part: string | VariableUse; end: number } {
  if (text[dollar + 1] === '$') return { part: '$', end: dollar + 2 };
  bareName.lastIndex = dollar + 1;
  const bare = bareName.exec(text)?.[0];
  if (bare !== undefined) {
    return { part: { name: bare, operator: '', argument: '' }, end: dollar + 1 + bare.length };
  }
  const end = closingBrace(text, dollar + 1);
  const match = end === undefined ? null : braced.exec(text.slice(dollar + 2, end));
  if (end === undefined || match === null) {
    throw new Error(`invalid interpolation at "${text.slice(dollar, dollar + 40)}"`);
  }
  const { name = '', operator = '', argument = '' } = match.groups ?? {};
  return { part: { name, operator: operatorOf(operator), argument }, end: end + 1 };
}

function operatorOf(text: string): Operator {
  const known: readonly Operator[] = ['-', ':-', '?', ':?', '+', ':+'];
  return known.find((operator) => operator === text) ?? '';
}

/** Index of the `}` that closes the `{` at `open`; undefined when there is none of either. */
function closingBrace(text: string, open: number): number | undefined {
  if (text[open] !== '{') return undefined;
  let depth = 0;
  for (let index = open; index < text.length && depth <= maxNesting; index++) {
    if (text[index] === '{') depth++;
    if (text[index] === '}' && --depth === 0) return index;
  }
  return undefined;
}

/** What `docker compose` makes of a text. Throws for a required variable without a value, and for bad syntax. */
export function interpolate(text: string, lookup: Lookup): string {
  return parseTemplate(text)
    .map((part) => (typeof part === 'string' ? part : variableValue(part, lookup)))
    .join('');
}

function variableValue({ name, operator, argument }: VariableUse, lookup: Lookup): string {
  const value = lookup(name);
  const isSet = operator.startsWith(':') ? Boolean(value) : value !== undefined;
  if (operator.endsWith('-')) return isSet ? (value ?? '') : interpolate(argument, lookup);
  if (operator.endsWith('+')) return isSet ? interpolate(argument, lookup) : '';
  if (operator.endsWith('?') && !isSet) {
    throw new Error(`required variable ${name} is missing a value${argument && `: ${argument}`}`);
  }
  return value ?? '';
}

/** The same, where a text that cannot be interpolated is only looked at: undefined instead of an error. */
export function tryInterpolate(text: string, lookup: Lookup): string | undefined {
  try {
    return interpolate(text, lookup);
  } catch {
    return undefined;
  }
}

/** Applies `change` to every string of a document; keys stay as they are. */
export function mapStrings(
  value: unknown,
  change: (text: string, path: readonly PropertyKey[]) => unknown,
  path: readonly PropertyKey[] = [],
): unknown {
  if (typeof value === 'string') return change(value, path);
  if (Array.isArray(value)) {
    return value.map((item, index) => mapStrings(item, change, [...path, index]));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapStrings(item, change, [...path, key])]),
  );
}
