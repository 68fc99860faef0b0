import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { readError } from '@bundle/files';
import { type Digest, hexOf } from '@bundle/format';
import { digestMismatch, type Extent, segmentsOf, streamReusing } from '@bundle/store';

const readBytes = 256 * 1024;

interface Verification {
  /** State of the file when hashing began. */
  readonly state: string;
  readonly done: Promise<void>;
}

/** Hashes each blob once, however many clients request it, and again when its file has changed. */
export class VerifiedBlobs {
  readonly #known = new Map<Digest, Verification>();

  /** Fails with `digest-mismatch`, or with the error of reading. */
  async check(extent: Extent, digest: Digest): Promise<void> {
    const state = await stateOf(extent);
    const known = this.#known.get(digest);
    if (known?.state === state) return known.done;
    const done = hash(extent, digest);
    const verification = { state, done };
    this.#known.set(digest, verification);
    // Not remembered: a medium that could not be read may be inserted again.
    done.catch(() => this.#known.get(digest) === verification && this.#known.delete(digest));
    return done;
  }
}

async function hash(extent: Extent, digest: Digest): Promise<void> {
  const sum = createHash('sha256');
  for await (const piece of streamReusing(extent, digest, readBytes)) sum.update(piece);
  const found = sum.digest('hex');
  if (found !== hexOf(digest)) throw digestMismatch(digest, hexOf(digest), found);
}

/** Identity of a file's content: changes when the file is written or replaced. */
async function stateOf(extent: Extent): Promise<string> {
  try {
    const states = segmentsOf(extent).map(async ({ file }) => {
      const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
      return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
    });
    return (await Promise.all(states)).join(', ');
  } catch (error) {
    throw readError(error, extent.file, true);
  }
}
