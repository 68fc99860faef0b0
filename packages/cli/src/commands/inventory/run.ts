import { rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ioError, partialPath, syncFolder, writeNew } from '@bundle/files';
import { takeInventory } from '@bundle/host';
import type { Context, Outcome } from '../../outcome.ts';
import { openChosenEngine } from '../../shared/engine.ts';
import { stateFolder } from '../../shared/folders.ts';
import type { InventoryChoice } from './definition.ts';
import { inventoryFile, writtenText } from './render.ts';

/** `bundle inventory`: to a file, or to stdout. */
export async function runInventory(context: Context, options: InventoryChoice): Promise<Outcome> {
  const { env, cwd, colours } = context;
  const engine = await openChosenEngine(options, env);
  const inventory = await takeInventory(engine, stateFolder(options.stateDir, context));
  const text = inventoryFile(inventory);
  if (options.output === undefined) return { json: inventory, text: text.trimEnd() };
  const output = resolve(cwd, options.output);
  await writeWhole(output, text);
  return { json: { output, ...inventory }, text: writtenText(output, inventory, colours) };
}

/** Written beside, synced and renamed: it may be on a stick that is taken out at once. */
async function writeWhole(output: string, text: string): Promise<void> {
  const partial = await partialPath(output);
  try {
    await writeNew(partial, [Buffer.from(text)], 0o644);
    await rename(partial, output);
    await syncFolder(dirname(output));
  } catch (error) {
    await rm(partial, { force: true });
    throw ioError(error, 'writing the inventory to', output, 'output-unwritable');
  }
}
