import { rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ioError, partialPath } from '@bundle/files';
import type { Inventory } from '@bundle/format';
import { takeInventory } from '@bundle/host';
import type { Context, Outcome } from '../../outcome.ts';
import { openChosenEngine } from '../../shared/engine.ts';
import { count } from '../../shared/render/words.ts';
import { stateFolder } from '../../shared/state-folder.ts';
import { visible } from '../../shared/terminal/escape.ts';

export interface RunInventoryOptions {
  readonly engine?: string | undefined;
  readonly dockerHost?: string | undefined;
  readonly output?: string | undefined;
  readonly stateDir?: string | undefined;
}

/** `bundle inventory`: to a file, or to stdout. */
export async function runInventory(
  context: Context,
  options: RunInventoryOptions,
): Promise<Outcome> {
  const { env, cwd, colours } = context;
  const engine = await openChosenEngine(options, env);
  const inventory = await takeInventory(engine, stateFolder(options.stateDir, context));
  const text = inventoryFile(inventory);
  if (options.output === undefined) return { json: inventory, text: text.trimEnd() };
  const output = resolve(cwd, options.output);
  await writeWhole(output, text);
  const { releases, layers } = inventory;
  return {
    json: { output, ...inventory },
    text: `${colours.green('Wrote')} ${visible(output)}: ${count(releases.length, 'release')}, ${count(layers.length, 'layer')}`,
  };
}

/** One layer a line, so that people can read it and tools can compare it. */
function inventoryFile({ layers, releases, ...head }: Inventory): string {
  const lines = (items: readonly object[]): string =>
    items.length === 0
      ? '[]'
      : `[\n  ${items.map((item) => JSON.stringify(item)).join(',\n  ')}\n ]`;
  const fields = Object.entries(head).map(
    ([name, value]) => ` "${name}": ${JSON.stringify(value)}`,
  );
  const lists = [` "releases": ${lines(releases)}`, ` "layers": ${lines(layers)}`];
  return `{\n${[...fields, ...lists].join(',\n')}\n}\n`;
}

async function writeWhole(output: string, text: string): Promise<void> {
  const partial = partialPath(output);
  try {
    await writeFile(partial, text);
    await rename(partial, output);
  } catch (error) {
    await rm(partial, { force: true });
    throw ioError(error, 'writing the inventory to', output, 'output-unwritable');
  }
}
