import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder } from '@bundle/files';
import { toolFiles } from './step-scripts.ts';

/** Writes the scripts for build steps, and lists of names, into a temporary folder that becomes a build context. */
export async function placeTools(
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await makeTemporaryFolder('bundle-tools-');
  for (const [name, text] of Object.entries({ ...toolFiles, ...more }))
    await writeFile(join(path, name), text, { mode: 0o644 });
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
