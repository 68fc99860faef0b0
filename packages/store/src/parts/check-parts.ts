import type { BundleError } from '@bundle/format';
import { type HashOptions, hashExtents } from '../hash-pool.ts';
import type { FoundPart } from './find-parts.ts';
import { partDamaged } from './part-list.ts';

export interface DamagedPart {
  readonly part: FoundPart;
  readonly error: BundleError;
}

/** Finds the parts whose bytes do not match the list. If two were mixed up, the reason names the other one. */
export async function damagedParts(
  list: string,
  parts: readonly FoundPart[],
  options: HashOptions,
): Promise<DamagedPart[]> {
  const jobs = parts.map(({ name, file, size }) => ({ name, extent: { file, offset: 0, size } }));
  const hashes = await hashExtents(jobs, options);
  return parts.flatMap((part, index) => {
    const { sha256 = '', reason } = hashes[index] ?? {};
    if (sha256 === part.sha256) return [];
    const other = parts.find((one) => one.sha256 === sha256);
    const found =
      reason !== undefined
        ? `it cannot be read: ${reason}`
        : other === undefined
          ? `sha256 ${sha256}`
          : `what ${other.name} holds`;
    return [{ part, error: partDamaged(list, part.name, `sha256 ${part.sha256}`, found) }];
  });
}
