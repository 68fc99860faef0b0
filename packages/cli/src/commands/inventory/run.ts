import { resolve } from 'node:path';
import { createBuildTool } from '@bundle/engine/build-cli';
import { createComposeTool } from '@bundle/engine/compose-cli';
import { defined } from '@bundle/format';
import { takeInventory } from '@bundle/host';
import type { Context, Outcome } from '../../outcome.ts';
import { openChosenEngine } from '../../shared/engine.ts';
import { stateFolder } from '../../shared/folders.ts';
import { writeWhole } from '../../shared/write-whole.ts';
import type { InventoryChoice } from './definition.ts';
import { inventoryFile, writtenText } from './render.ts';

/** Runs `bundle inventory`: writes the inventory to a file or to stdout. */
export async function runInventory(context: Context, options: InventoryChoice): Promise<Outcome> {
  const { env, cwd, colours } = context;
  const engine = await openChosenEngine(options, env);
  // Only the host's own: carried ones are listed by their releases, and are not unpacked for this.
  const { dockerHost } = options;
  const [compose, buildx] = await Promise.all([
    createComposeTool({ dockerHost, env }).version(),
    createBuildTool({ dockerHost, env }).version(),
  ]);
  const state = stateFolder(options.stateDir, context);
  const inventory = await takeInventory(engine, state, defined({ compose, buildx }));
  const text = inventoryFile(inventory);
  if (options.output === undefined) return { json: inventory, text: text.trimEnd() };
  const output = resolve(cwd, options.output);
  await writeWhole('the inventory', output, text);
  return { json: { output, ...inventory }, text: writtenText(output, inventory, colours) };
}
