import { stat } from 'node:fs/promises';
import { namesIn } from '@bundle/files';
import { BundleError, byteCounter, type PartList } from '@bundle/format';
import { joinSegments } from '../extent.ts';
import type { Extent } from '../extent-types.ts';
import { hashExtents } from '../hash-pool.ts';
import { type FindParts, findFile, missing, placesOf } from './find-parts.ts';
import { isPart, partDamaged } from './part-list.ts';

type Part = PartList['parts'][number];
type Look = { readonly file: string } | { readonly wrong: string | undefined };

/**
 * Returns the archive made of parts whose media arrive one after the other in the same place. A part is requested when
 * it is needed, and none of its bytes are used before its digest has been checked: a wrong or damaged medium is
 * reported and requested again.
 */
export function partsInTurn(path: string, list: PartList, find: FindParts): Extent {
  const places = placesOf(path, find);
  /** State of the file that had the right digest, by name of the part. */
  const checked = new Map<string, string>();

  const look = async (part: Part): Promise<Look> => {
    try {
      const found = await findFile(part, places);
      if (found === undefined) return { wrong: undefined };
      const { path: file, size } = found;
      if (size !== part.size) return { wrong: `${file} has ${size} bytes, not ${part.size}` };
      const state = await stateOf(file);
      if (checked.get(part.name) === state) return { file };
      const problem = await problemOf(file, part, list, find);
      if (problem !== undefined) return { wrong: `${file} ${problem}` };
      checked.set(part.name, state);
      return { file };
    } catch (error) {
      if (!(error instanceof BundleError) || error.code === 'interrupted') throw error;
      return { wrong: error.message };
    }
  };
  const bring = async (part: Part, failed: boolean): Promise<string> => {
    // Check the bytes again, and continue if they are right this time.
    if (failed) checked.delete(part.name);
    for (let asked = false; ; asked = true) {
      const found = await look(part);
      if ('file' in found) return found.file;
      const { wrong } = found;
      const instead = wrong ?? (asked ? await whatIsIn(places, list) : undefined);
      if ((await find.askFor?.(part.name, instead)) === true) continue;
      if (wrong === undefined) throw missing(path, [part.name], places);
      throw partDamaged(path, part.name, 'the part that the list names', wrong);
    }
  };
  const segments = list.parts.map((part) => ({
    file: part.name,
    offset: 0,
    size: part.size,
    bring: (failed: boolean) => bring(part, failed),
  }));
  return joinSegments(segments, { file: path, offset: 0, size: 0 });
}

/** Identifies a file; the result changes when another medium with a file of this name is inserted. */
async function stateOf(file: string): Promise<string> {
  const { dev, ino, size, mtimeNs } = await stat(file, { bigint: true });
  return [dev, ino, size, mtimeNs].join(' ');
}

async function problemOf(
  file: string,
  { name, size, sha256 }: Part,
  { parts }: PartList,
  { onProgress, signal }: FindParts,
): Promise<string | undefined> {
  const onBytes = byteCounter(onProgress, `checking ${name}`, size);
  const jobs = [{ name, extent: { file, offset: 0, size } }];
  const [hash] = await hashExtents(jobs, { onBytes, signal });
  if (hash?.sha256 === sha256) return undefined;
  if (hash?.reason !== undefined) return `cannot be read: ${hash.reason}`;
  const other = parts.find((part) => part.sha256 === hash?.sha256);
  if (other !== undefined) return `holds what ${other.name} should hold`;
  return 'does not match the list: it is damaged, or a part of another bundle';
}

/** Lists the parts found in the folders where the wanted one is missing. */
async function whatIsIn(places: readonly string[], { parts }: PartList): Promise<string> {
  const own = new Set(parts.map(({ name }) => name));
  const names = (await Promise.all(places.map(namesIn))).flat();
  const found = [...new Set(names)].filter((name) => own.has(name) || isPart(name));
  if (found.length === 0) return `there is no part in ${places.join(', ')}`;
  const words = found.map((name) => (own.has(name) ? name : `${name}, of another bundle`));
  return `this has ${words.sort().slice(0, 5).join(' and ')}`;
}
