import type { Inventory } from '@bundle/format';
import { count } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

/** Formats the inventory with one layer per line, readable for people and diff tools. */
export function inventoryFile({ layers, releases, programs = [], ...head }: Inventory): string {
  const lines = (items: readonly object[]): string =>
    items.length === 0
      ? '[]'
      : `[\n  ${items.map((item) => JSON.stringify(item)).join(',\n  ')}\n ]`;
  const fields = Object.entries(head).map(
    ([name, value]) => ` "${name}": ${JSON.stringify(value)}`,
  );
  const lists = [
    ` "programs": ${lines(programs)}`,
    ` "releases": ${lines(releases)}`,
    ` "layers": ${lines(layers)}`,
  ];
  return `{\n${[...fields, ...lists].join(',\n')}\n}\n`;
}

export function writtenText(
  output: string,
  { releases, layers }: Inventory,
  colours: Colours,
): string {
  return `${colours.green(t`Wrote`)} ${visible(output)}: ${count(releases.length, 'release')}, ${count(layers.length, 'layer')}`;
}
