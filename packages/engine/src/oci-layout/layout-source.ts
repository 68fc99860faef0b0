import { type Digest, formatPlatform, type Platform, runsOn } from '@bundle/format';
import type { Engine } from '../engine.ts';
import { notInSource, onlyReading, otherPlatform } from '../only-reading.ts';
import { platformsOf } from '../platforms.ts';
import { find, openFound, referenceOf, toImage } from './find.ts';
import type { Layout } from './folder.ts';

/** Makes a source of images of a layout; `platform` chooses among the images of an index. */
export function layoutSource(layout: Layout, platform: Platform): Engine {
  return onlyReading(layout.description, platform, {
    async inspectImage(reference) {
      const top = await find(layout, reference);
      if (top !== undefined) await checkPlatform(layout, top.digest, reference, platform);
      const image = top && (await toImage(layout, top, platform));
      if (image !== undefined && !runsOn(image.platform, platform))
        throw otherPlatform(reference, platform, [formatPlatform(image.platform)]);
      if (image !== undefined) return image;
      const { manifests } = await layout.readIndex();
      const names = manifests.flatMap(({ annotations }) => referenceOf(annotations) ?? []);
      throw notInSource(layout.description, reference, names);
    },
    openImages: async (references) => openFound(layout, references, platform),
  });
}

async function checkPlatform(
  layout: Layout,
  digest: Digest,
  reference: string,
  platform: Platform,
): Promise<void> {
  const document = await layout.readTop(digest).catch(() => undefined);
  // What is not an image is reported as such later.
  if (document?.manifests === undefined) return;
  if ((await layout.childFor(document, platform)) === undefined)
    throw otherPlatform(reference, platform, platformsOf(document));
}
