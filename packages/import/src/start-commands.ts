import { join } from 'node:path';
import { isThere } from '@bundle/files';
import { type BundleManifest, paths, shellWord } from '@bundle/format';
import type { ProductState } from '@bundle/host';

/** The commands that start a staged release; env files that are still missing are made from their examples first. */
export async function startCommands(
  { envFiles }: BundleManifest,
  { currentLink, releaseDir }: ProductState,
): Promise<string[]> {
  const commands = [`cd ${shellWord(currentLink)}`];
  for (const { path, example } of envFiles) {
    if (!(await isThere(join(releaseDir, path)))) {
      commands.push(`cp ${shellWord(example)} ${shellWord(path)}   # then fill it in`);
    }
  }
  commands.push(
    `docker compose -f ${paths.compose} -f ${paths.composeOffline} up -d --pull never --no-build`,
  );
  return commands;
}
