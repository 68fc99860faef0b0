/** Texts in another language by their English template, in which {0}, {1} … stand for what differs. */
export type Catalogue = Readonly<Record<string, string>>;

interface Template {
  /** What is between the places. */
  readonly parts: readonly string[];
  readonly translation: string;
}

const place = /\{(\d+)\}/;

/** No text of the command has more templates in one another, or more characters in one piece. */
const maxDepth = 4;
const maxLength = 4_000;
/** Pieces of a list inside a text. */
const maxList = 20;
const listMarks = { ', ': '、', '; ': '；' } as const;

/** Finds the translation of a text that was made from a template somewhere else, such as a field of an error. */
export class Translator {
  readonly #exact: ReadonlyMap<string, string>;
  /** With the longest first: they say most about a text. */
  readonly #templates: readonly Template[];

  /** `marked`: a part of the catalogue whose templates are looked up, and never compared with a text. */
  constructor(catalogue: Catalogue, marked: Catalogue = {}) {
    this.#exact = new Map(Object.entries(catalogue));
    const length = ({ parts }: Template): number => parts.join('').length;
    this.#templates = Object.entries(catalogue)
      .filter(([english]) => !Object.hasOwn(marked, english))
      .map(([english, translation]) => ({ parts: english.split(/\{\d+\}/), translation }))
      .filter(({ parts }) => parts.length > 1 && /\p{L}{2}/u.test(parts.join('')))
      .toSorted((a, b) => length(b) - length(a));
  }

  /** Returns the translation of a template; undefined where there is none. */
  ofTemplate(english: string): string | undefined {
    return this.#exact.get(english);
  }

  /**
   * Translates a text: as a list, else as a whole, else line by line, else sentence by sentence. What has no translation
   * stays as it is.
   */
  translate(text: string): string {
    const translation = this.#list(text, '; ', 0) ?? this.#whole(text);
    if (translation !== undefined) return translation;
    const pieces = separators.map((one) => text.split(one)).find(({ length }) => length > 1);
    if (pieces === undefined) return text;
    const translations = pieces.map((piece, index) =>
      index % 2 === 1 ? piece : this.translate(piece),
    );
    return translations.reduce((before, piece, index) =>
      index % 2 === 1 ? before + between(before, piece) : before + piece,
    );
  }

  /** Translates a line that is surely one of the templates; returns undefined for any other. */
  translateLine(line: string): string | undefined {
    return this.#whole(line, { least: 10 });
  }

  /** `least`: characters that a template has besides its places; `depth`: templates around this text. */
  #whole(text: string, { least = 0, depth = 0 } = {}): string | undefined {
    const exact = this.#exact.get(text);
    if (exact !== undefined) return exact;
    if (depth > maxDepth || text.length > maxLength) return undefined;
    for (const { parts, translation } of this.#templates) {
      if (parts.join('').length < least) break;
      // What fills a place may be a text as well.
      const values = valuesIn(text, parts)?.map((one) => this.#value(one, depth));
      if (values !== undefined && areLikely(values, parts)) return fill(translation, values);
    }
    return undefined;
  }

  #value(text: string, depth: number): string {
    if (!/\p{L}/u.test(text)) return text;
    return this.#whole(text, { depth: depth + 1 }) ?? this.#list(text, ', ', depth + 1) ?? text;
  }

  /** Translates what commas or semicolons separate, where all of it has a translation: causes, names of checks. */
  #list(text: string, separator: keyof typeof listMarks, depth: number): string | undefined {
    const pieces = text.split(separator);
    if (depth > 2 || pieces.length < 2 || pieces.length > maxList) return undefined;
    const translations = pieces.map((piece) => this.#whole(piece, { depth }));
    return translations.includes(undefined) ? undefined : translations.join(listMarks[separator]);
  }
}

/** A template of few words would fit many texts: where those are in English still, they are others. */
function areLikely(values: readonly string[], parts: readonly string[]): boolean {
  const length = parts.join('').length;
  const sentence = length < 12 ? /[a-z]{2,} [a-z]{2,}/ : /[a-z]{2,} [a-z]{2,} [a-z]{2,}/;
  return length >= 20 || !values.some((one) => sentence.test(one));
}

/** What is between the parts of a text, the strongest first. */
const separators = [/(\n)/, /(; )/, /((?<=[.:?]) )/];

/** Returns what stands behind a part: Chinese has marks of its own, and no space behind them. */
function between(before: string, separator: string): string {
  if (separator === '\n' || !/[\p{Script=Han}。：？）]$/u.test(before)) return separator;
  return separator === '; ' ? '；' : '';
}

/** Returns the text with the values in their places. */
export function fill(template: string, values: readonly string[]): string {
  return template
    .split(place)
    .map((part, index) => (index % 2 === 0 ? part : (values[Number(part)] ?? '')))
    .join('');
}

/**
 * Returns what stands between the parts of a template in a text; undefined where the text does not have that form. Each part
 * is looked for once, so that no text takes long.
 */
function valuesIn(text: string, parts: readonly string[]): string[] | undefined {
  const [first = '', ...rest] = parts;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || !text.endsWith(last)) return undefined;
  const end = text.length - last.length;
  const values: string[] = [];
  let at = first.length;
  for (const part of rest) {
    // Two places side by side cannot be told apart: the second one takes all.
    const next = text.indexOf(part, at);
    if (next < 0) return undefined;
    values.push(text.slice(at, next));
    at = next + part.length;
  }
  if (at > end) return undefined;
  values.push(text.slice(at, end));
  return values;
}
