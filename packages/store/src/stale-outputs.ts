import { basename, dirname } from 'node:path';
import { namesIn, removeStalePartials } from '@bundle/files';
import { partListSuffix } from '@bundle/format';
import { partNumber } from './parts/part-list.ts';

/**
 * Removes what killed runs left beside a bundle, whole or in parts, and nothing that belongs to bundles with other
 * names.
 */
export async function removeStaleOutputs(output: string): Promise<void> {
  const [folder, name] = [dirname(output), basename(output)];
  const list = `${name}${partListSuffix}`;
  const isPart = (other: string): boolean => partNumber(other, name) !== undefined;
  const names = await namesIn(folder);
  // The partial list tells parts of a killed run from a copy in progress, so it stays until they have a list again.
  const isNeeded = !names.includes(list) && names.some(isPart);
  await removeStalePartials(
    folder,
    (other) => other === name || (other === list && !isNeeded) || isPart(other),
  );
}
