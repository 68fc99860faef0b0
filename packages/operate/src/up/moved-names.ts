import type { Engine } from '@bundle/engine';
import type { BundleImage } from '@bundle/format';
import type { StagedRelease } from '@bundle/host';
import { isSameImage, pinnedName, runImages } from '@bundle/host';

/**
 * Names of a release's images that somebody gave to other images or took away, in words. A tag that another release on
 * this host moved is in order; `others` are the images of all. `known`: IDs of what services run instead or were
 * rebuilt to, which are told of by themselves.
 */
export async function movedNames(
  engine: Engine,
  { manifest }: StagedRelease,
  others: () => Promise<readonly BundleImage[]>,
  known: ReadonlySet<string>,
): Promise<string[]> {
  const found = await Promise.all(
    runImages(manifest).map(async (image) => {
      const pinned = pinnedName(image);
      const [own, tagged] = await Promise.all(
        [pinned, image.reference].map((name) => engine.inspectImage(name)),
      );
      const words = (name: string, id: string) =>
        `${name} is the name of another image than the release's: ${id}`;
      const list: string[] = [];
      if (own === undefined) list.push(`${pinned} is the name of no image any more`);
      else if (!isSameImage(image, own)) list.push(words(pinned, own.id));
      if (tagged === undefined || isSameImage(image, tagged) || known.has(tagged.id)) return list;
      const isKnown = (await others()).some((other) => isSameImage(other, tagged));
      return isKnown ? list : [...list, words(image.reference, tagged.id)];
    }),
  );
  return found.flat();
}
