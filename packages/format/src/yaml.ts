import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  parseAllDocuments,
  type ScalarTag,
  type Tags,
  visit,
} from 'yaml';
import { defined } from './defined.ts';
import { reasonOf } from './errors.ts';
import type { Finding } from './findings.ts';
import { limits } from './limits.ts';
import { aliasProblem } from './yaml-aliases.ts';

export interface ParsedDocument {
  /** Plain data; undefined when `findings` has errors. */
  readonly value: unknown;
  readonly findings: readonly Finding[];
  /** Returns the 1-based line of a place in the document, or of its nearest existing parent. */
  readonly lineOf: (path: readonly PropertyKey[]) => number | undefined;
  /** Returns the tag written at a place in the document, such as `!override`. */
  readonly tagOf: (path: readonly PropertyKey[]) => string | undefined;
}

/**
 * Parses YAML (and JSON, its subset) and remembers lines. Duplicate keys are errors, and so is the key `__proto__`,
 * which readers handle differently.
 */
export function parseYamlDocument(text: string, file: string): ParsedDocument {
  const [first = nothing, second] = parseYamlDocuments(text, file);
  if (second === undefined) return first;
  const message = 'a second document in the same file';
  const line = second.lineOf([]);
  return { ...nothing, findings: [{ severity: 'error', file, ...defined({ line }), message }] };
}

/** The same for a file that may have several documents; those that are empty are left out. */
export function parseYamlDocuments(text: string, file: string): ParsedDocument[] {
  if (text.length > limits.maxYamlBytes) {
    const message = `${text.length} characters; ${limits.maxYamlBytes} are the most`;
    return [{ ...nothing, findings: [{ severity: 'error', file, line: 1, message }] }];
  }
  const tooMuch = tooMuchIn(text);
  if (tooMuch !== undefined)
    return [{ ...nothing, findings: [{ severity: 'error', file, ...tooMuch }] }];
  const lines = new LineCounter();
  const documents = withoutStacks(() =>
    parseAllDocuments(text, { ...options, lineCounter: lines }),
  );
  return documents
    .map((document) => checked(document, lines, file))
    .filter(({ value, findings }) => value !== null || findings.length > 0);
}

/**
 * Finds what the parser would take seconds and half a gigabyte for: it keeps each part of a text, and a level of brackets
 * or of hyphens on one line is a level of its calls.
 */
function tooMuchIn(text: string): Pick<Finding, 'line' | 'message'> | undefined {
  let [line, parts, brackets, indicators] = [1, 0, 0, 0];
  for (const token of new Lexer().lex(text)) {
    if (token.includes('\n')) [line, indicators] = [line + token.split('\n').length - 1, 0];
    else if (token === '[' || token === '{') brackets += 1;
    else if (token === ']' || token === '}') brackets -= 1;
    else if (token === '-' || token === '?') indicators += 1;
    const message =
      brackets > limits.maxYamlDepth || indicators > limits.maxYamlDepth
        ? `more than ${limits.maxYamlDepth} levels`
        : ++parts > limits.maxYamlParts
          ? `more than ${limits.maxYamlParts} words and signs`
          : undefined;
    if (message !== undefined) return { line, message };
  }
  return undefined;
}

/** Half a megabyte of quotation marks has as many errors, and the stack of each takes a kilobyte. */
function withoutStacks<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

const nothing: ParsedDocument = {
  value: null,
  findings: [],
  lineOf: () => undefined,
  tagOf: () => undefined,
};

/** The library's tags, with the integers that Compose reads. In the tags, so that no document is walked through again. */
function withIntegers(tags: Tags): Tags {
  return tags.map((tag) => {
    if (typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:int' || tag.collection)
      return tag;
    const resolve: ScalarTag['resolve'] = (source, onError, settings) => {
      const value = tag.resolve(source, onError, settings);
      return typeof value === 'number' ? integerOf(source, value) : value;
    };
    return { ...tag, resolve };
  });
}

// Otherwise the library prints warnings with parts of the text, past the command.
// Its own search for duplicate keys compares each key with all others: minutes for 100,000 of them.
const options = {
  prettyErrors: false,
  merge: true,
  logLevel: 'error',
  uniqueKeys: false,
  customTags: withIntegers,
} as const;

/** Most problems that are listed of one document; more would say nothing new. */
const maxProblems = 20;

/** Lists the syntax errors of a document, each one once: at a place that is too deep, the library finds thousands. */
function problemsOf(
  { errors }: Document.Parsed,
  file: string,
  lineAt: (offset: number) => number,
): Finding[] {
  const found = new Map<string, Finding>();
  for (const { message: reason, pos } of errors) {
    const line = lineAt(pos[0]);
    const message = reason.includes('call stack') ? 'more levels than can be read' : reason;
    found.set(`${line} ${message}`, { severity: 'error', file, line, message });
    if (found.size === maxProblems) break;
  }
  return [...found.values()];
}

/**
 * Gives an integer the value that the YAML of Compose and Ansible has for it: octal after a zero, and all digits of 64
 * bits. One that no number holds exactly becomes text.
 */
function integerOf(source: string, value: number): number | string {
  const [, sign, digits] = /^([-+]?)(\d+|0x[\da-f]+|0o[0-7]+)$/i.exec(source) ?? [];
  if (digits === undefined) return value;
  const size = BigInt(digits.replace(/^0(?=[0-7]+$)/, '0o'));
  const whole = sign === '-' ? -size : size;
  const isHeld = BigInt.asIntN(64, whole) === whole || BigInt.asUintN(64, whole) === whole;
  if (!isHeld) return value;
  return Number.isSafeInteger(Number(whole)) ? Number(whole) : String(whole);
}

function checked(document: Document.Parsed, lines: LineCounter, file: string): ParsedDocument {
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  const findings = problemsOf(document, file, lineAt);
  const add = (message: string, offset?: number): void => {
    if (findings.length === maxProblems) return;
    const line = offset === undefined ? {} : { line: lineAt(offset) };
    findings.push({ severity: 'error', file, ...line, message });
  };
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value)) add('Map keys must be unique', key.range?.[0]);
        keys.add(key.value);
      }
    },
    Pair(_, { key }) {
      if (!isScalar(key) || key.value !== '__proto__') return;
      add('the key "__proto__" is not allowed', key.range?.[0]);
    },
  });
  const problem = findings.length === 0 ? aliasProblem(document) : undefined;
  if (problem !== undefined) add(problem.message, problem.offset);
  let value: unknown;
  if (findings.length === 0) {
    try {
      value = document.toJS({ maxAliasCount: -1 });
    } catch (error) {
      add(reasonOf(error));
    }
  }
  return {
    value,
    findings,
    lineOf: (path) => {
      const offset = offsetOf(document.contents, path);
      return offset === undefined ? undefined : lineAt(offset);
    },
    tagOf: (path) => {
      const node = document.getIn(path, true);
      return isNode(node) ? node.tag : undefined;
    },
  };
}

function offsetOf(root: Node | null, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = root;
  let offset = root?.range?.[0];
  for (const segment of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === segment);
      if (pair === undefined) break;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(segment)];
      if (isScalar(node) || isMap(node) || isSeq(node)) offset = node.range?.[0] ?? offset;
    } else {
      break;
    }
  }
  return offset;
}
