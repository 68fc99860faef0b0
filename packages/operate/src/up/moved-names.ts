import type { Engine } from '@bundle/engine';
import type { BundleImage } from '@bundle/format';
import type { StagedRelease } from '@bundle/host';
import { isSameImage, pinnedName, runImages } from '@bundle/host';

/**
 * Describes names of a release's images that were moved to other images or removed. A tag that another release on this
 * host moved is fine; `others` are the images of all releases. `known`: IDs of images that services run instead or that
 * were rebuilt, which are reported separately.
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
        `${name} now names a different image than the release's: ${id}`;
      const list: string[] = [];
      if (own === undefined) list.push(`no image is named ${pinned} any more`);
      else if (!isSameImage(image, own)) list.push(words(pinned, own.id));
      if (tagged === undefined || isSameImage(image, tagged) || known.has(tagged.id)) return list;
      const isKnown = (await others()).some((other) => isSameImage(other, tagged));
      return isKnown ? list : [...list, words(image.reference, tagged.id)];
    }),
  );
  return found.flat();
}
