import { compressionOf, listTarFile, UnreadableTar } from '@bundle/archive';
import { ioError, withFile } from '@bundle/files';
import { BundleError, mediaTypes, type Platform, shellWord } from '@bundle/format';
import { type Extent, readAt } from '@bundle/store';
import type { Engine } from '../engine.ts';
import { Layout } from '../oci-layout/folder.ts';
import { layoutSource } from '../oci-layout/layout-source.ts';
import { archiveFiles } from './archive-files.ts';
import { openSavedFile } from './saved-file.ts';

/** `docker-archive`: as `docker save` and `podman save` write it; `oci-archive`: a layout in a tar file. */
export type ArchiveKind = 'docker-archive' | 'oci-archive';

/** Opens an archive of images in place, without unpacking it. Fails with `input-unreadable`. */
export async function openArchive(
  kind: ArchiveKind,
  file: string,
  platform: Platform,
): Promise<Engine> {
  const files = await listFiles(kind, file);
  const description = `the image archive ${file}`;
  // Since version 25, docker save writes both forms into one archive; a layout says more.
  if (files.has('oci-layout') && files.has('index.json')) {
    return layoutSource(new Layout(description, archiveFiles(file, files)), platform);
  }
  if (kind === 'docker-archive' && files.has('manifest.json')) {
    return openSavedFile(description, archiveFiles(file, files), platform);
  }
  const other = files.has('manifest.json') ? 'docker-archive' : undefined;
  throw wrongArchive(
    kind,
    file,
    other === undefined ? 'another tar file' : 'an archive of docker save',
    other === undefined ? 'Check the name of the file.' : `Use --from ${other}:${shellWord(file)}.`,
  );
}

async function listFiles(kind: ArchiveKind, file: string): Promise<Map<string, Extent>> {
  try {
    const start = await withFile(file, 'r', (handle) => readAt(handle, 0, 512));
    const compression = compressionOf(start);
    if (compression === mediaTypes.layerGzip || compression === mediaTypes.layerZstd) {
      const unpack = compression === mediaTypes.layerGzip ? 'gunzip -k' : 'zstd -d';
      throw wrongArchive(
        kind,
        file,
        'a compressed file',
        `Unpack it first: \`${unpack} ${shellWord(file)}\`.`,
      );
    }
    return await listTarFile(file);
  } catch (error) {
    if (error instanceof UnreadableTar)
      throw wrongArchive(
        kind,
        file,
        error.message,
        'Make the archive again, and check that it was copied whole.',
      );
    throw ioError(error, 'reading', file, 'input-unreadable');
  }
}

function wrongArchive(kind: ArchiveKind, file: string, found: string, hint: string): BundleError {
  const expected =
    kind === 'oci-archive' ? 'a tar file of an OCI image layout' : 'a tar file of docker save';
  return new BundleError('input-unreadable', {
    operation: 'reading the image archive',
    subject: file,
    ...{ expected, found, hint },
  });
}
