import { type Digest, formatPlatform, type Platform, runsOn } from '@bundle/format';
import type { ArchivedImage } from '../archives/image-archive.ts';
import type { Engine } from '../engine.ts';
import { notInSource, onlyReading, otherPlatform } from '../only-reading.ts';
import { platformsIn, platformsOf } from '../platforms.ts';
import { find, missingImage, openFound, platformOf, referenceOf, toImage } from './find.ts';
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
    platformsOf: (reference) => listPlatforms(layout, reference),
    openImages: async (references) => openFound(layout, references, platform),
  });
}

/** Lists the images of a layout; other things in it, such as artifacts, are left out. */
export async function listLayout(layout: Layout): Promise<ArchivedImage[]> {
  const byDigest = new Map<Digest, { image: ArchivedImage; references: string[] }>();
  for (const { digest, annotations } of (await layout.readIndex()).manifests) {
    const reference = referenceOf(annotations);
    const known = byDigest.get(digest);
    if (known !== undefined) {
      if (reference !== undefined) known.references.push(reference);
      continue;
    }
    const below = await layout.imageBelow(digest, undefined);
    if (below === undefined) continue;
    const { config, manifest } = below;
    const references = reference === undefined ? [] : [reference];
    const image = {
      ...{ references, id: digest, platform: platformOf(config) },
      configDigest: manifest.config.digest,
    };
    byDigest.set(digest, { image, references });
  }
  return [...byDigest.values()].map(({ image }) => image);
}

/** Lists the platforms of an image whose documents are in the layout. */
async function listPlatforms(layout: Layout, reference: string): Promise<readonly Platform[]> {
  const top = await find(layout, reference);
  if (top === undefined) throw missingImage(layout.description, reference);
  const document = await layout.readTop(top.digest);
  if (document.manifests === undefined) {
    const image = await layout.imageBelow(top.digest, undefined);
    return image === undefined ? [] : [platformOf(image.config)];
  }
  const present = await Promise.all(
    document.manifests.map(async (child) => ((await layout.has(child.digest)) ? [child] : [])),
  );
  return platformsIn(present.flat());
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
