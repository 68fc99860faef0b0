import { parseKeyText, wordsOf } from './key-text.ts';
import { readLines, trustInvalid } from './trust-file.ts';

/** Reads a list of revoked public keys, one on a line; returns their fingerprints. */
export function parseRevokedKeys(text: string, file: string): ReadonlySet<string> {
  if (text.startsWith('SSHKRL\n')) {
    throw trustInvalid(
      file,
      'a binary key revocation list (KRL)',
      'List the public keys themselves, one on a line.',
    );
  }
  const keys = readLines(text, file, (line) => {
    const words = wordsOf(line);
    return words.length === 0 ? undefined : parseKeyText(words).fingerprint;
  });
  return new Set(keys);
}
