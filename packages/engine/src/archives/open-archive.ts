import { listTarFile, UnreadableTar } from '@bundle/archive';
import { ioError, withFile } from '@bundle/files';
import { BundleError, reasonOf, shellWord } from '@bundle/format';
import { readAt } from '@bundle/store';
import { Layout } from '../oci-layout/folder.ts';
import type { LayoutFiles } from '../oci-layout/layout-files.ts';
import { layoutSource, listLayout } from '../oci-layout/layout-source.ts';
import { archiveFiles } from './archive-files.ts';
import { compressionOfFile, uncompressed } from './compression.ts';
import type { ImageArchive } from './image-archive.ts';
import { openSavedFile } from './saved-file.ts';
import { streamedFiles } from './streamed-files.ts';

/** `docker-archive`: as `docker save` and `podman save` write it; `oci-archive`: a layout in a tar file. */
export type ArchiveKind = 'docker-archive' | 'oci-archive';

/** Why a file is not an archive of images; the file itself is whole, so far as that can be told. */
export class OtherFile extends BundleError {}

/**
 * Opens an archive of images in place, without unpacking it. A compressed one is read once from beginning to end. Fails
 * with `OtherFile` if it is something else, and with `input-unreadable` if it is damaged.
 */
export async function openArchive(
  file: string,
  signal: AbortSignal,
  kind: ArchiveKind = 'docker-archive',
): Promise<ImageArchive> {
  const { files, has } = await listFiles(kind, file, signal);
  const description = `the image archive ${file}`;
  // Since version 25, docker save writes both forms into one archive; a layout says more.
  if (has('oci-layout') && has('index.json')) {
    const layout = new Layout(description, files);
    return {
      images: await listLayout(layout),
      source: (platform) => layoutSource(layout, platform),
    };
  }
  if (kind === 'docker-archive' && has('manifest.json')) return openSavedFile(description, files);
  const other = has('manifest.json') ? 'docker-archive' : undefined;
  const { operation, subject, expected } = detailsOf(kind, file);
  throw new OtherFile('input-unreadable', {
    ...{ operation, subject, expected },
    found: other === undefined ? 'another tar file' : 'an archive of docker save',
    hint:
      other === undefined
        ? 'Check the name of the file. `docker export` writes the files of a container, not an image: use `docker save`.'
        : `Use --from ${other}:${shellWord(file)}.`,
  });
}

interface Listed {
  readonly files: LayoutFiles;
  has(path: string): boolean;
}

async function listFiles(kind: ArchiveKind, file: string, signal: AbortSignal): Promise<Listed> {
  const damaged = (found: string, cause: unknown): BundleError =>
    new BundleError('input-unreadable', {
      ...detailsOf(kind, file),
      found,
      hint: 'Make the archive again, and check that it was copied whole.',
      cause,
    });
  try {
    const head = await withFile(file, 'r', (handle) => readAt(handle, 0, 512));
    const compression = compressionOfFile(head);
    if (compression !== undefined) {
      const files = await streamedFiles(file, () => uncompressed(file, compression), signal);
      return { files, has: (path) => files.has(path) };
    }
    const extents = await listTarFile(file);
    // A bad copy is all zeros, which tar reads as an archive of nothing.
    if (extents.size === 0) throw new UnreadableTar('nothing in it');
    return { files: archiveFiles(file, extents), has: (path) => extents.has(path) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UnreadableTar) throw damaged(error.message, error);
    // The reader of streams speaks of an engine, which there is none of here.
    if (error instanceof BundleError && error.code === 'engine-failed')
      throw damaged(error.details.found ?? reasonOf(error), error);
    throw ioError(error, 'reading', file, 'input-unreadable');
  }
}

function detailsOf(kind: ArchiveKind, subject: string) {
  const expected =
    kind === 'oci-archive' ? 'a tar file of an OCI image layout' : 'a tar file of docker save';
  return { operation: 'reading the image archive', subject, expected };
}
