import { visible } from '@bundle/format';

/** Text that is HTML already. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Value = Html | string | number | undefined | false | readonly Value[];

/** Makes HTML from a template. Values are escaped unless they are HTML; `undefined` and `false` give nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.map((part, index) => part + written(values[index])).join(''));
}

function written(value: Value): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(written).join('');
  return escaped(String(value));
}

const entities: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

/** Escapes foreign text; characters that do not show or turn the text around are spelled out. */
function escaped(text: string): string {
  return visible(text).replace(/[&<>"']/g, (mark) => entities.get(mark) ?? mark);
}
