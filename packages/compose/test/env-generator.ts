// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of env files
import { randomFrom } from '@bundle/testkit';

const names = 'A A A B B C SET EMPTY UNSET DOLLAR a A_1 A.B A-B Ä export'.split(' ');
const separators = ['=', '=', '=', '=', '=', ' = ', ': ', ':', '= ', '=\t', '\t=', ''];
const ends = ['\n', '\n', '\n', '\n', '\r\n', '\r\n', '\r', '', ' \n', '\t\n', '\n\n', ' '];
const pieces = [
  ...'abz019 _-./:=,;@%!*[]()<>|&~^`',
  ...['\\', '\\\\', '\\"', "\\'", '\\n', '\\t', '\\$', '\\0', '\\012', '\\0101', '\\x'],
  ...['"', "'", ' ', '  ', '\t', '#', ' #', ' # ', '\n', '\r', '\r\n'],
  ...['$', '$$', '$A', '$SET', '$1', '${A}', '${SET}', '${UNSET}', '$DOLLAR', '${EMPTY}'],
  ...['${UNSET:-', '${A-', '${SET:+', '${SET:?', '}', '}', '}', '}', '}', '{', '{}', '${'],
  ...['$A', '$B', '${B}', '${UNSET:-d}', '${A:-$B}', '${EMPTY-d}', '${SET:+x}', '${UNSET?m}'],
  ...['ä', '€', '😀', '\u00A0', '\u0085', '\u2003', '\u2028', '\uFEFF', '\u200B', '\u017F'],
  ...['word', 'export ', 'A=', 'B: ', '\v', '\f', '\u0001'],
];

export class EnvGenerator {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  /** Makes a file of a few lines, most of them valid. */
  file(): string {
    const lines = Array.from({ length: 1 + this.#below(4) }, () => this.#line());
    const text = `${this.#chance(0.03) ? '\uFEFF' : ''}${lines.join('')}`;
    return this.#chance(0.1) ? this.#withNoise(text) : text;
  }

  /** Makes any text that a variable can have. */
  value(): string {
    const plain = this.#chance(0.2);
    return this.#some(this.#below(plain ? 3 : 9), pieces)
      .join('')
      .replaceAll(plain ? /\s/g : /\0/g, '');
  }

  #line(): string {
    const kind = this.#random();
    const indent = this.#chance(0.1) ? this.#one([' ', '\t', '\u00A0', '\r']) : '';
    if (kind < 0.08) return `${indent}#${this.#free(4)}${this.#end()}`;
    if (kind < 0.14) return `${indent}${this.#one(names)}${this.#end()}`;
    const word = this.#chance(0.1) ? this.#one(['export ', 'export\t', 'export  ']) : '';
    const start = `${indent}${word}${this.#one(names)}${this.#one(separators)}`;
    return `${start}${this.#value()}${this.#chance(0.15) ? ' # note' : ''}${this.#end()}`;
  }

  #value(): string {
    const kind = this.#random();
    if (kind < 0.3) return `"${this.#free(6).replaceAll(/(?<!\\)"/g, '')}"`;
    if (kind < 0.5) return `'${this.#free(5).replaceAll(/(?<!\\)'/g, '')}'`;
    if (kind < 0.6) return this.#template(3);
    return this.#free(5);
  }

  /** Makes nested variables, properly closed. */
  #template(depth: number): string {
    const name = this.#one(names.slice(0, 10));
    if (depth === 0 || this.#chance(0.2)) return this.#one(['x', '', `$${name}`, `\${${name}}`]);
    const operator = this.#one(['-', ':-', '+', ':+', '-', ':-', '+', ':+', '?']);
    const inner = this.#one(['', '', 'a{b', '{}', 'c d', '$$']);
    return `\${${name}${operator}${this.#template(depth - 1)}${inner}}${this.#one(['', 'y', '}'])}`;
  }

  #free(most: number): string {
    return this.#some(this.#below(most + 1), pieces).join('');
  }

  #end(): string {
    return this.#one(ends);
  }

  #withNoise(text: string): string {
    const at = this.#below(text.length + 1);
    const changed = `${text.slice(0, at)}${this.#one(pieces)}${text.slice(at + this.#below(2))}`;
    return changed.isWellFormed() ? changed : text;
  }

  #some<T>(count: number, list: readonly T[]): T[] {
    return Array.from({ length: count }, () => this.#one(list));
  }

  #one<T>(list: readonly T[]): T {
    const found = list[this.#below(list.length)];
    if (found === undefined) throw new Error('an empty list');
    return found;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #chance(part: number): boolean {
    return this.#random() < part;
  }
}
