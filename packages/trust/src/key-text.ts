import { type PublicKey, readPublicKey, type UnsupportedKey } from './public-key.ts';
import { MalformedError, strictBase64 } from './wire.ts';

/** Reads a public key from its words, `ssh-ed25519 AAAA…`; a comment may follow. Throws MalformedError. */
export function parseKeyText(words: readonly string[]): PublicKey | UnsupportedKey {
  const [type = '', base64 = ''] = words;
  const key = readPublicKey(strictBase64(base64));
  if (key.type !== type)
    throw new MalformedError(`the line says ${JSON.stringify(type)}, the key is ${key.type}`);
  return key;
}

/** Returns the words of one line that has something to say: split at blanks, but not inside double quotes. */
export function wordsOf(line: string): string[] {
  return line.startsWith('#') ? [] : (line.match(/(?:[^\s"]|"[^"]*"|")+/g) ?? []);
}
