import type { Readable } from 'node:stream';
import {
  brokenArchive,
  type Frames,
  firstFrame,
  gather,
  isIncidental,
  looksLikeJson,
  readTar,
} from '@bundle/archive';
import {
  type Digest,
  digestOf,
  digestOfHex,
  digestOfLayoutPath,
  dockerManifestSchema,
  limits,
  reasonOf,
} from '@bundle/format';
import type { ImageReading } from '../image-source.ts';

/**
 * Reads an archive of `docker save` in one pass, as it arrives. Docker's two formats (before and since 25) differ only
 * in names, so the content decides what an entry is.
 */
export function readSavedImages(archive: Readable, signal: AbortSignal): ImageReading {
  // A connection may be cut before anybody reads: the error is kept for the reader.
  archive.on('error', () => undefined);
  const blobs = new Map<Digest, Buffer>();
  let configs: ReadonlyMap<string, Digest> | undefined;
  return {
    async *layers({ pool, onBytes }) {
      for await (const entry of readTar(archive, signal, onBytes)) {
        const isFile = entry.type === 'File' || entry.type === 'OldFile';
        if (!isFile || entry.size === 0 || isIncidental(entry.path)) {
          entry.resume();
          continue;
        }
        const first = await firstFrame(entry, pool);
        if (entry.size <= limits.maxImageJsonBytes && looksLikeJson(first.bytes)) {
          const document = await gather(first);
          if (entry.path === 'manifest.json') configs = parseConfigs(document);
          else blobs.set(digestOf(document), document);
          pool.give(Buffer.from(first.bytes.buffer));
          continue;
        }
        let isRead = false;
        yield {
          digest: digestOfLayoutPath(entry.path),
          size: entry.size,
          frames: () => {
            isRead = true;
            return allFrames(first);
          },
        };
        if (isRead) continue;
        await first.rest.return(undefined);
        pool.give(Buffer.from(first.bytes.buffer));
        entry.resume();
      }
    },
    documents() {
      if (configs === undefined) throw brokenArchive('no manifest.json in it');
      return { blobs, configs };
    },
    close: () => archive.destroy(),
  };
}

async function* allFrames({ bytes, rest }: Frames): AsyncGenerator<Buffer> {
  yield bytes;
  yield* rest;
}

/**
 * Parses manifest.json into the config of each name. Before Docker 25 a config is `HEX.json`, since then
 * `blobs/sha256/HEX`.
 */
function parseConfigs(bytes: Buffer): Map<string, Digest> {
  try {
    const images = dockerManifestSchema.parse(JSON.parse(bytes.toString('utf8')));
    return new Map(
      images.flatMap(({ Config, RepoTags }) => {
        const hex = /([0-9a-f]{64})(?:\.json)?$/.exec(Config)?.[1];
        return hex === undefined
          ? []
          : (RepoTags ?? []).map((tag): [string, Digest] => [tag, digestOfHex(hex)]);
      }),
    );
  } catch (error) {
    throw brokenArchive(`a manifest.json that cannot be read: ${reasonOf(error)}`);
  }
}
