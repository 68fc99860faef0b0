import { basename, dirname } from 'node:path';
import { removeStalePartials } from '@bundle/files';
import { partListSuffix } from '@bundle/format';
import { partNumber } from './parts/part-list.ts';

/**
 * Removes what killed runs left beside a bundle, whole or in parts, and nothing that belongs to bundles with other
 * names.
 */
export async function removeStaleOutputs(output: string): Promise<void> {
  const name = basename(output);
  await removeStalePartials(
    dirname(output),
    (other) =>
      other === name ||
      other === `${name}${partListSuffix}` ||
      partNumber(other, name) !== undefined,
  );
}
