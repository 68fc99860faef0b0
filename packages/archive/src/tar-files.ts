import { type FileHandle, open } from 'node:fs/promises';
import { posix } from 'node:path';
import { blockBytes, paddingBytes } from '@bundle/format/tar-header';
import { type Extent, readAt } from '@bundle/store';
import { Header } from 'tar/header';
import { Pax } from 'tar/pax';

/** Names and attributes that precede an entry; real ones have some hundred bytes. */
const maxAttributeBytes = 1024 * 1024;
/** Entries of an image archive: a few for each layer. */
const maxEntries = 100_000;

/** A tar file that cannot be read as one; the message says why. */
export class UnreadableTar extends Error {}

/**
 * Lists the files of an uncompressed tar file by path, and where their bytes are; only headers are read. Links within
 * it stand for the file that they lead to. Fails with `UnreadableTar`, and with the system's errors.
 */
export async function listTarFile(path: string): Promise<Map<string, Extent>> {
  const handle = await open(path, 'r');
  try {
    return await list(handle, path, (await handle.stat()).size);
  } finally {
    await handle.close();
  }
}

async function list(handle: FileHandle, file: string, total: number): Promise<Map<string, Extent>> {
  const files = new Map<string, Extent>();
  const links = new Map<string, string>();
  let longPath: string | undefined;
  let longLink: string | undefined;
  let attributes: Pax | undefined;
  let count = 0;
  let hasEnd = false;
  for (let position = 0; position + blockBytes <= total; ) {
    const header = headerOf(await readAt(handle, position, blockBytes), attributes);
    hasEnd = header.nullBlock;
    if (hasEnd) break;
    if (!header.cksumValid) throw new UnreadableTar('a damaged header');
    count += 1;
    if (count > maxEntries) throw new UnreadableTar(`more than ${maxEntries} entries`);
    const size = header.size ?? 0;
    // An attribute can say 1e-3 or 0.5, which the parser takes for a number.
    if (!Number.isSafeInteger(size))
      throw new UnreadableTar('a size that is not a number of bytes');
    const start = position + blockBytes;
    if (start + size > total) throw new UnreadableTar('an end before the end of its last entry');
    position = start + size + paddingBytes(size);
    const text = async (): Promise<string> => {
      if (size > maxAttributeBytes) throw new UnreadableTar('attributes that are too long');
      return (await readAt(handle, start, size)).toString('utf8');
    };
    if (header.type === 'ExtendedHeader') {
      attributes = Pax.parse(await text());
      continue;
    }
    if (header.type === 'NextFileHasLongPath') {
      longPath = (await text()).replace(/\0.*$/s, '');
      continue;
    }
    if (header.type === 'NextFileHasLongLinkpath') {
      longLink = (await text()).replace(/\0.*$/s, '');
      continue;
    }
    const path = posix.normalize(longPath ?? header.path ?? '').replace(/^\//, '');
    const target = longLink ?? header.linkpath ?? '';
    longPath = longLink = attributes = undefined;
    if (header.type === 'File' || header.type === 'OldFile' || header.type === 'ContiguousFile') {
      files.set(path, { file, offset: start, size });
    } else if (header.type === 'SymbolicLink') {
      links.set(path, posix.join(posix.dirname(path), target));
    } else if (header.type === 'Link') {
      links.set(path, posix.normalize(target));
    }
  }
  if (!hasEnd) throw new UnreadableTar('no end of the archive');
  for (const [path, target] of links) {
    const found = files.get(target) ?? files.get(links.get(target) ?? '');
    if (found !== undefined) files.set(path, found);
  }
  return files;
}

function headerOf(block: Buffer, attributes: Pax | undefined): Header {
  try {
    return new Header(block, 0, attributes);
  } catch {
    throw new UnreadableTar('a header that is not one of tar');
  }
}
