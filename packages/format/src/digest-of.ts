import { createHash } from 'node:crypto';
import { type Digest, digestOfHex } from './digest.ts';

/** The digest of content that is in memory; a text is hashed as UTF-8. */
export function digestOf(content: Buffer | string): Digest {
  return digestOfHex(createHash('sha256').update(content).digest('hex'));
}
