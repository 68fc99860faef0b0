import { isPemKey, parsePemKey } from './pem-key.ts';
import { isSupported, type PublicKey, readPublicKey, type UnsupportedKey } from './public-key.ts';
import { readLines, trustInvalid } from './trust-file.ts';
import { MalformedError, strictBase64 } from './wire.ts';

/** Reads a public key from its words, `ssh-ed25519 AAAA…`; a comment may follow. Throws MalformedError. */
export function parseKeyText(words: readonly string[]): PublicKey | UnsupportedKey {
  const [type = '', base64 = ''] = words;
  const key = readPublicKey(strictBase64(base64));
  if (key.type !== type)
    throw new MalformedError(`the line says ${JSON.stringify(type)}, but the key is ${key.type}`);
  return key;
}

/** Splits a line into words at blanks, but not inside double quotes. */
export function wordsOf(line: string): string[] {
  return line.startsWith('#') ? [] : (line.match(/(?:[^\s"]|"[^"]*"|")+/g) ?? []);
}

/** A public key with its comment. */
export interface NamedKey {
  readonly key: PublicKey;
  readonly comment: string;
  /** Type and base64, as in a list of keys. */
  readonly line: string;
}

/** Reads a file with one public key, as ssh-keygen writes it, or in PEM as cosign does. Fails with `trust-invalid`. */
export function parseKeyFile(text: string, file: string): NamedKey {
  const hint = 'Give the public key: the file that ends in .pub.';
  if (isPemKey(text)) return readPem(text, file);
  const read = (line: string): NamedKey | undefined => {
    const words = wordsOf(line);
    if (words.length === 0) return undefined;
    const key = parseKeyText(words);
    if (!isSupported(key)) throw new MalformedError(`keys of type ${key.type} are not supported`);
    return { key, comment: words.slice(2).join(' '), line: words.slice(0, 2).join(' ') };
  };
  const [found, ...more] = readLines(text, file, read, hint);
  if (found !== undefined && more.length === 0) return found;
  const count = found === undefined ? 'no key' : `${more.length + 1} keys`;
  throw trustInvalid(file, count, hint);
}

function readPem(text: string, file: string): NamedKey {
  try {
    const key = parsePemKey(text);
    return { key, comment: '', line: `${key.type} ${key.blob.toString('base64')}` };
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw trustInvalid(file, error.message, 'Give an ECDSA or RSA key, or a key of OpenSSH.');
  }
}
