import { writeAllAt } from '@bundle/files';
import { blobPath, type Digest, paths } from '@bundle/format';
import { backgroundSync } from './background-sync.ts';
import type { BundleWriter, WriterOptions } from './bundle-writer.ts';
import { type BlobCopy, copyBlobs } from './copy-blobs.ts';
import { readAt } from './extent.ts';
import { type HeadFile, readHeadFile, sha256Of } from './head-file.ts';
import { openSplitFile } from './parts/split-file.ts';
import { openOutputFile, type RandomFile } from './random-file.ts';
import {
  paddedSize,
  tarBlockBytes,
  tarEndBytes,
  tarEntryBytes,
  tarFileHeader,
  tarPadding,
} from './tar-format.ts';

const moveBufferBytes = 8 * 1024 * 1024;

/**
 * Creates a writer of a single-file bundle in one pass. Space for the head is reserved at the front and filled when the
 * blobs are known; the rest of it becomes a PAX comment. If the space is too small, the blobs are moved up in place.
 */
export async function createTarWriter(options: WriterOptions): Promise<BundleWriter> {
  const { output, mtime, partBytes } = options;
  const headRoom = paddedSize(options.headBytes);
  const target =
    partBytes === undefined ? await openOutputFile(output) : openSplitFile(output, partBytes);
  const handle = target.file;
  const syncs = backgroundSync(handle);
  /** Position of the header of each blob. */
  const written = new Map<Digest, number>();
  let blobStart = headRoom;
  let position = blobStart + tarBlockBytes;
  let isOpen = true;

  /** Writes the header and the padding around the bytes of the next blob. */
  const enclose = async (digest: Digest, size: number): Promise<void> => {
    const end = blobStart + tarBlockBytes + size;
    await writeAllAt(handle, Buffer.alloc(paddedSize(size) - size), end);
    await writeAllAt(handle, tarFileHeader(blobPath(digest), size, false, mtime), blobStart);
    written.set(digest, blobStart);
    blobStart += tarEntryBytes(blobPath(digest), size);
    syncs.request();
  };

  return {
    async appendToBlob(chunk) {
      syncs.check();
      await writeAllAt(handle, chunk, position);
      position += chunk.length;
    },
    async endBlob(digest, size) {
      syncs.check();
      if (!written.has(digest)) await enclose(digest, size);
      position = blobStart + tarBlockBytes;
    },
    async dropBlob() {
      position = blobStart + tarBlockBytes;
    },
    async copyBlobs(blobs, options) {
      syncs.check();
      const copies: BlobCopy[] = [];
      for (const blob of blobs) {
        if (written.has(blob.digest)) continue;
        const to = await target.extentOf(blobStart + tarBlockBytes, blob.size);
        copies.push({ ...blob, to });
        await enclose(blob.digest, blob.size);
      }
      const onBytes = (count: number): void => {
        syncs.request();
        options.onBytes(count);
      };
      const damaged = await copyBlobs(copies, { ...options, onBytes });
      const good = blobs.findIndex(({ digest }) => damaged.has(digest));
      const first = blobs[good];
      const start = first && written.get(first.digest);
      if (start !== undefined) {
        blobStart = start;
        for (const [digest, at] of written) if (at >= start) written.delete(digest);
      }
      position = blobStart + tarBlockBytes;
      return start === undefined ? blobs.length : good;
    },
    async finish(head, options) {
      await syncs.end();
      await handle.truncate(blobStart);
      const headBytes = head.reduce(
        (sum, file) => sum + tarEntryBytes(file.path, file.bytes.length),
        0,
      );
      const shift = headShift(headBytes, headRoom);
      if (shift > 0) await moveUp(handle, headRoom, blobStart, shift);
      await writeHead(handle, head, headRoom + shift - headBytes, mtime);
      await writeAllAt(handle, Buffer.alloc(tarEndBytes), blobStart + shift);
      await handle.sync();
      await handle.close();
      isOpen = false;
      await target.moveIntoPlace(() => identityOf(head), options);
    },
    async abort() {
      await syncs.end().catch(() => undefined);
      if (isOpen) await handle.close();
      isOpen = false;
      await target.remove();
    },
  };
}

function identityOf(head: readonly HeadFile[]): string {
  const manifest = head.find(({ path }) => path === paths.manifest);
  if (manifest === undefined) throw new Error(`no ${paths.manifest} in the head`);
  return `sha256:${sha256Of(manifest)}`;
}

/** Returns how far the blobs must move so that head and padding (0, or at least two blocks) fill the space exactly. */
function headShift(headBytes: number, headRoom: number): number {
  const spare = headRoom - headBytes;
  if (spare === 0 || spare >= 2 * tarBlockBytes) return 0;
  return 2 * tarBlockBytes - spare;
}

async function writeHead(
  handle: RandomFile,
  head: readonly HeadFile[],
  paddingBytes: number,
  mtime: Date,
): Promise<void> {
  let position = 0;
  let gathered: Buffer[] = [];
  const put = async (bytes: Buffer): Promise<void> => {
    await writeAllAt(handle, bytes, position);
    position += bytes.length;
  };
  const flush = async (): Promise<void> => {
    await put(Buffer.concat(gathered));
    gathered = [];
  };
  for (const file of head) {
    const { path, bytes, executable } = file;
    gathered.push(tarFileHeader(path, bytes.length, executable, mtime));
    if (Buffer.isBuffer(bytes)) {
      gathered.push(bytes);
    } else {
      await flush();
      for await (const chunk of readHeadFile(file)) await put(chunk);
    }
    gathered.push(Buffer.alloc(paddedSize(bytes.length) - bytes.length));
  }
  if (paddingBytes > 0) gathered.push(tarPadding(paddingBytes, mtime));
  await flush();
}

async function moveUp(
  handle: RandomFile,
  start: number,
  end: number,
  distance: number,
): Promise<void> {
  for (let right = end; right > start; ) {
    const left = Math.max(start, right - moveBufferBytes);
    await writeAllAt(handle, await readAt(handle, left, right - left), left + distance);
    right = left;
  }
}
