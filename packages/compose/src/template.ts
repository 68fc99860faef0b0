/** How to treat a variable that is unset or (with `:`) empty: use a default, fail, or the opposite. */
export type Operator = '' | '-' | ':-' | '?' | ':?' | '+' | ':+';

/** One `$NAME` or `${NAME…}` in a text. */
export interface VariableUse {
  readonly name: string;
  readonly operator: Operator;
  /** The text after the operator, itself a template. */
  readonly argument: string;
}

export type Lookup = (name: string) => string | undefined;

/** Says why a text cannot be interpolated, without the text around the variable: that may be a password. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Each level is a call of `interpolate`: the stack has room for a thousand, and no handwritten file has ten. */
const maxNesting = 100;

/**
 * Splits a text at its variables (Compose specification, interpolation); `$$` is a `$`, and so is a `$` followed by
 * neither a name nor a brace. Throws for bad syntax. A port of compose-go's `template` package, oddities included.
 */
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

// With the flags `i` and `u`, as in compose-go, the long s and the Kelvin sign are valid in a name too.
const bareName = /[_a-z][_a-z0-9]*/iuy;
const braced = /\{(?<name>[_a-z][_a-z0-9]*)(?:(?<operator>:?[-?+])|\})/iuy;

function parseVariable(text: string, dollar: number): { part: string | VariableUse; end: number } {
  if (text[dollar + 1] === '$') return { part: '$', end: dollar + 2 };
  bareName.lastIndex = dollar + 1;
  const bare = bareName.exec(text)?.[0];
  if (bare !== undefined) {
    return { part: { name: bare, operator: '', argument: '' }, end: dollar + 1 + bare.length };
  }
  if (text[dollar + 1] !== '{') return { part: '$', end: dollar + 1 };
  braced.lastIndex = dollar + 1;
  const match = braced.exec(text);
  const { name = '', operator } = match?.groups ?? {};
  const start = braced.lastIndex;
  if (match !== null && operator === undefined) {
    return { part: { name, operator: '', argument: '' }, end: start };
  }
  const end = match === null ? undefined : closingBrace(text, dollar);
  if (end === undefined) throw new TemplateError(`invalid interpolation${placeOf(name)}`);
  const argument = text.slice(start, end);
  return { part: { name, operator: operatorOf(operator), argument }, end: end + 1 };
}

function placeOf(name: string): string {
  return name === '' ? ': "${" without the name of a variable' : ` of the variable ${name}`;
}

function operatorOf(text: string | undefined): Operator {
  const known: readonly Operator[] = ['-', ':-', '?', ':?', '+', ':+'];
  return known.find((operator) => operator === text) ?? '';
}

/**
 * Finds the `}` that closes the variable at `dollar`: the balancing one, else the last one on the line. As in
 * compose-go, a character right after a `{` does not count, so that `${A:-{}}` has the default `{}`.
 */
function closingBrace(text: string, dollar: number): number | undefined {
  let depth = 0;
  let last: number | undefined;
  for (let index = dollar + 1; index < text.length && text[index] !== '\n'; index++) {
    if (text[index] === '}') {
      last = index;
      if (--depth === 0) return index;
    } else if (text[index] === '{') {
      if (++depth > maxNesting) return undefined;
      // This brace does not count for the balance, but can still be the last one.
      if (text[index + 1] === '}') last = index + 1;
      if (text[index + 1] !== '\n') index++;
    }
  }
  return last;
}

/**
 * Interpolates a text as `docker compose` does. Throws for a required variable without a value, and for bad syntax,
 * even in a default that is not needed: Compose up to 2.40 evaluates it anyway.
 */
export function interpolate(text: string, lookup: Lookup): string {
  return parseTemplate(text)
    .map((part) => (typeof part === 'string' ? part : variableValue(part, lookup)))
    .join('');
}

function variableValue({ name, operator, argument }: VariableUse, lookup: Lookup): string {
  const value = lookup(name);
  const other = interpolate(argument, lookup);
  const isSet = operator.startsWith(':') ? Boolean(value) : value !== undefined;
  if (operator.endsWith('-')) return isSet ? (value ?? '') : other;
  if (operator.endsWith('+')) return isSet ? other : '';
  if (operator.endsWith('?') && !isSet) {
    throw new TemplateError(`required variable ${name} is missing a value${other && `: ${other}`}`);
  }
  return value ?? '';
}

/** Interpolates a text, but returns undefined instead of throwing. */
export function tryInterpolate(text: string, lookup: Lookup): string | undefined {
  try {
    return interpolate(text, lookup);
  } catch {
    return undefined;
  }
}

/** Applies `change` to every string in a document, except keys. */
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
