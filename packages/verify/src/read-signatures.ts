import { stat } from 'node:fs/promises';
import { ioError } from '@bundle/files';
import { detachedSignaturePath, limits, paths, systemErrorCode } from '@bundle/format';
import { type BundleSource, type Extent, readExtent } from '@bundle/store';

/** Reads the signature file in a bundle and the one beside it, where they exist. Fails with `manifest-invalid` when too large. */
export async function readSignatures(source: BundleSource): Promise<string[]> {
  const inside = source.entries.get(paths.signature);
  const beside =
    source.form === 'folder' ? undefined : await fileAt(detachedSignaturePath(source.path));
  const texts: string[] = [];
  for (const extent of [inside, beside]) {
    if (extent === undefined) continue;
    const bytes = await readExtent(extent, limits.maxSignatureBytes, extent.file);
    texts.push(bytes.toString('latin1'));
  }
  return texts;
}

async function fileAt(file: string): Promise<Extent | undefined> {
  try {
    return { file, offset: 0, size: (await stat(file)).size };
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'reading', file, 'input-unreadable');
  }
}
