import { reasonOf } from './errors.ts';
import { shortened } from './findings.ts';
import { limits } from './limits.ts';

/** The reason why bytes are not a document that every reader understands alike. */
export class JsonError extends SyntaxError {
  /** 1-based. */
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/**
 * Parses JSON more strictly than `JSON.parse` (docs/bundle-format.md, §4.1): UTF-8 without a byte order mark, no
 * duplicate key in an object, no `__proto__`, bounded depth and number of keys. One pass finds every violation
 * before any object is built. Fails with `JsonError`.
 */
export function parseJson(bytes: Buffer): unknown {
  const text = decode(bytes);
  checkStructure(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = reasonOf(error);
    // V8 includes the position only in some of its messages.
    const position =
      /at position (\d+)/.exec(reason)?.[1] ?? (/end of JSON/.test(reason) ? text.length : 0);
    throw new JsonError(`not JSON: ${reason}`, lineAt(text, Number(position)));
  }
}

/** Returns the 1-based line of a place in a JSON text, or of its nearest existing parent. */
export function jsonLineOf(text: string, path: readonly PropertyKey[]): number {
  return lineAt(text, offsetOf(text, path));
}

function decode(bytes: Buffer): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonError('not UTF-8', 1);
  }
  if (text.startsWith('\ufeff')) throw new JsonError('a byte order mark', 1);
  return text;
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1))
    line++;
  return line;
}

interface Token {
  readonly kind: 'object' | 'array' | 'close' | 'comma' | 'key';
  readonly at: number;
  /** The decoded key, or undefined if it cannot be decoded. */
  readonly key?: string | undefined;
}

/** Yields the structure of a JSON text, skipping values and anything that is not JSON. */
function* structureOf(text: string): Generator<Token> {
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
        yield { kind: 'object', at };
        break;
      case '[':
        yield { kind: 'array', at };
        break;
      case '}':
      case ']':
        yield { kind: 'close', at };
        break;
      case ',':
        yield { kind: 'comma', at };
        break;
      case '"': {
        const end = endOfString(text, at);
        if (text[nextAt(text, end)] === ':') {
          yield { kind: 'key', at, key: keyOf(text.slice(at, end)) };
        }
        at = end - 1;
        break;
      }
    }
  }
}

/** Returns the position after the closing quotation mark: the next one with an even number of backslashes before it. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text[at - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
  return text.length;
}

function nextAt(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return at;
}

function keyOf(quoted: string): string | undefined {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    // The whole text is then reported as not being JSON.
    return undefined;
  }
}

function checkStructure(text: string): void {
  /** Keys of each open object; undefined before the first key, and for arrays. */
  const open: (Set<string> | undefined)[] = [];
  let containers = 0;
  const fail = (message: string, at: number): never => {
    throw new JsonError(message, lineAt(text, at));
  };
  for (const { kind, at, key } of structureOf(text)) {
    if (kind === 'close') open.pop();
    else if (kind === 'object' || kind === 'array') {
      const { maxJsonDepth, maxJsonContainers } = limits;
      if (open.push(undefined) > maxJsonDepth) fail(`more than ${maxJsonDepth} levels`, at);
      if (++containers > maxJsonContainers) {
        fail(`more than ${maxJsonContainers} objects and arrays`, at);
      }
    } else if (kind === 'key' && key !== undefined) {
      if (key === '__proto__') fail('the key "__proto__" is not allowed', at);
      const keys = open.pop() ?? new Set();
      if (keys.has(key)) fail(`the key ${JSON.stringify(shortened(key))} twice`, at);
      if (keys.size >= limits.maxJsonKeys) fail(`more than ${limits.maxJsonKeys} keys`, at);
      open.push(keys.add(key));
    }
  }
}

/** Returns the position of a key or an element, following the path as far as the text has it. */
function offsetOf(text: string, path: readonly PropertyKey[]): number {
  /** Open containers; for an array, the number of elements before the current position. */
  const open: (number | 'object')[] = [];
  let matched = 0;
  let found = 0;
  const meet = (segment: PropertyKey | undefined, at: number): void => {
    if (open.length !== matched + 1 || path[matched] !== segment) return;
    matched++;
    found = at;
  };
  for (const { kind, at, key } of structureOf(text)) {
    if (kind === 'close') open.pop();
    // Past the last place that the path leads to.
    if (open.length < matched || (open.length === matched && (kind === 'comma' || kind === 'key')))
      break;
    if (kind === 'object') open.push('object');
    else if (kind === 'array') {
      open.push(0);
      meet(0, nextAt(text, at + 1));
    } else if (kind === 'key') meet(key, at);
    else if (kind === 'comma') {
      const index = open.at(-1);
      if (typeof index !== 'number') continue;
      open[open.length - 1] = index + 1;
      meet(index + 1, nextAt(text, at + 1));
    }
    if (matched === path.length) break;
  }
  return found;
}
