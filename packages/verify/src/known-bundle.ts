import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type BundleManifest, limits, paths } from '@bundle/format';
import { type BundleSource, readAt, readExtent, withFile } from '@bundle/store';
import { openManifest, parseBundleManifest } from './open-manifest.ts';

/** A bundle of which at least bundle.json is there. */
export interface KnownBundle {
  readonly manifest: BundleManifest;
  /** Digest of bundle.json: the identity of the bundle. */
  readonly digest: string;
  /** Absent for a bundle.json alone. */
  readonly source?: BundleSource;
}

/** Reads bundle.json of a bundle of any form, or a bundle.json that somebody kept without its bundle. */
export async function openKnownBundle(path: string): Promise<KnownBundle> {
  const file = resolve(path);
  if (!(await isJson(file))) return openManifest(path);
  const extent = { file, offset: 0, size: (await stat(file)).size };
  const bytes = await readExtent(extent, limits.maxBundleManifestBytes, paths.manifest);
  const manifest = parseBundleManifest(bytes.toString('utf8'), file);
  return { manifest, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

/** Whoever opens it as a bundle says what is wrong with a path that cannot be read. */
async function isJson(file: string): Promise<boolean> {
  try {
    if (!(await stat(file)).isFile()) return false;
    const head = await withFile(file, 'r', (handle) => readAt(handle, 0, 1));
    return head.toString('latin1') === '{';
  } catch {
    return false;
  }
}
