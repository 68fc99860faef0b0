import { blobPath, type Digest, imagesOfAllPlatforms, runtimeDir } from '@bundle/format';
import type { OpenedBundle } from '@bundle/verify';

/**
 * Returns a bundle that was sent without layers and programs of its host as if it were an incremental one: the layers
 * that are not there count as left out. Identity and signatures stay those of the whole bundle. Anything else that is
 * not there stays missing.
 */
export function withoutHeld(opened: OpenedBundle): OpenedBundle {
  const { source, manifest, whole = manifest } = opened;
  if (source.rest !== undefined) return opened;
  const { images, files, omitted = [], deltas = [] } = manifest;
  const isThere = (digest: Digest): boolean => source.entries.has(blobPath(digest));
  const listed = new Set(files.map(({ path }) => path));
  const isLacking = (digest: Digest): boolean => listed.has(blobPath(digest)) && !isThere(digest);
  const left = new Set(omitted.map(({ digest }) => digest));
  const kept = deltas.filter(({ blob }) => isThere(blob));
  const made = new Set(kept.map(({ digest }) => digest));
  const held = new Map(
    images
      .flatMap(({ layers }) => layers)
      .filter(({ digest }) => !isThere(digest) && !made.has(digest) && !left.has(digest))
      .map(({ digest, size }) => [digest, size]),
  );
  const programs = files.filter(
    ({ path }) => path.startsWith(runtimeDir) && !source.entries.has(path),
  );
  const used = new Set(images.flatMap(({ layers }) => layers.map(({ digest }) => digest)));
  // Layers of the platforms that this host has no use for.
  const others = imagesOfAllPlatforms(whole)
    .flatMap(({ layers }) => layers.map(({ digest }) => digest))
    .filter((digest) => !used.has(digest));
  const blobs = [...held.keys(), ...others, ...deltas.map(({ blob }) => blob)].filter(isLacking);
  const lacking = new Set([...blobs.map(blobPath), ...programs.map(({ path }) => path)]);
  if (lacking.size === 0) return opened;
  return {
    ...opened,
    manifest: {
      ...manifest,
      omitted: [...omitted, ...[...held].map(([digest, size]) => ({ digest, size }))],
      ...(manifest.deltas === undefined ? {} : { deltas: kept }),
    },
    partial: { lacking, listed: whole },
  };
}
