import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { withFile } from '@bundle/files';
import { type BundleManifest, type Digest, digestOf, limits, paths } from '@bundle/format';
import { type BundleSource, type FindParts, isPartList, readAt, readExtent } from '@bundle/store';
import { openManifest, parseBundleManifest } from './open-manifest.ts';

/** A bundle of which at least bundle.json is present. */
export interface KnownBundle {
  readonly manifest: BundleManifest;
  /** Digest of bundle.json: the identity of the bundle. */
  readonly digest: Digest;
  /** Absent for a bundle.json alone. */
  readonly source?: BundleSource;
}

/**
 * Reads bundle.json from a bundle of any form, or from a bundle.json kept without its bundle. Of a split bundle,
 * only the first part has to be present.
 */
export async function openKnownBundle(path: string, find?: FindParts): Promise<KnownBundle> {
  const file = resolve(path);
  if (isPartList(file) || !(await isJson(file)))
    return openManifest(path, { ...find, headOnly: true });
  const extent = { file, offset: 0, size: (await stat(file)).size };
  const bytes = await readExtent(extent, limits.maxBundleManifestBytes, paths.manifest);
  const manifest = parseBundleManifest(bytes, file);
  return { manifest, digest: digestOf(bytes) };
}

/** An unreadable path is reported when it is opened as a bundle. */
async function isJson(file: string): Promise<boolean> {
  try {
    if (!(await stat(file)).isFile()) return false;
    const head = await withFile(file, 'r', (handle) => readAt(handle, 0, 1));
    return head.toString('latin1') === '{';
  } catch {
    return false;
  }
}
