import { join } from 'node:path';
import { isThere } from '@bundle/files';
import { needsFilling, paths, shellWord } from '@bundle/format';
import { placesOf, type Release } from '@bundle/host';

/**
 * Returns the commands that start a staged release, preceded by those that create missing env files from their
 * examples.
 */
export async function startCommands({ instance, folder, manifest }: Release): Promise<string[]> {
  const commands = [`cd ${shellWord(placesOf(instance).current)}`];
  for (const file of manifest.envFiles) {
    if (await isThere(join(folder, file.path))) continue;
    const note = needsFilling(file) ? '   # then fill it in' : '';
    commands.push(`cp ${shellWord(file.example)} ${shellWord(file.path)}${note}`);
  }
  commands.push(
    `docker compose -f ${paths.compose} -f ${paths.composeOffline} up -d --pull never --no-build`,
  );
  return commands;
}
