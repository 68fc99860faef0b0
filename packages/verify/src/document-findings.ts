import { type BundleManifest, blobPath, limits, paths } from '@bundle/format';
import { type BundleSource, readExtent } from '@bundle/store';
import { imageProblems, layoutProblems } from './image-documents.ts';
import type { VerifyFinding } from './verify.ts';

/**
 * Reads the documents that describe images and says what in them does not agree with bundle.json. `isReadable`: whether
 * the bytes at a path were found to be as listed; what is not is a finding of its own already.
 */
export async function documentFindings(
  { entries, rest }: BundleSource,
  manifest: BundleManifest,
  isReadable: (path: string) => boolean,
): Promise<VerifyFinding[]> {
  const documents = new Map<string, unknown>();
  const read = async (path: string, maxBytes: number): Promise<void> => {
    const extent = entries.get(path);
    if (extent === undefined || documents.has(path) || !isReadable(path)) return;
    documents.set(path, parsed(await readExtent(extent, maxBytes, path)));
  };
  for (const path of layoutPaths) await read(path, limits.maxBundleManifestBytes);
  // Blobs of media that come one after the other are gone again.
  const images = rest === undefined ? manifest.images : [];
  for (const image of images) {
    for (const path of documentPaths(image)) await read(path, limits.maxImageJsonBytes);
  }
  const find = (path: string): unknown => documents.get(path);
  const problems = [
    ...(layoutPaths.every((path) => documents.has(path)) ? layoutProblems(manifest, find) : []),
    ...images
      .filter((image) => documentPaths(image).every((path) => documents.has(path)))
      .flatMap((image) => imageProblems(image, find)),
  ];
  return problems.map(({ file, message }) => ({
    severity: 'error',
    code: 'manifest-invalid',
    file,
    message,
  }));
}

const layoutPaths = [paths.ociLayout, paths.imageIndex, paths.dockerManifest];

function documentPaths({
  topDigest,
  manifestDigest,
  imageId,
}: BundleManifest['images'][number]): string[] {
  return [topDigest, manifestDigest, imageId].map(blobPath);
}

/** What is not JSON agrees with nothing. */
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
