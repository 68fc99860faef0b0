import { createHash } from 'node:crypto';
import { type Digest, digestOfHex } from './digest.ts';

/** Returns the digest of content in memory; text is hashed as UTF-8. */
export function digestOf(content: Buffer | string): Digest {
  return digestOfHex(createHash('sha256').update(content).digest('hex'));
}
