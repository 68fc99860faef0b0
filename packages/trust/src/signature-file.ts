import { MalformedError, strictBase64 } from './wire.ts';

const begin = '-----BEGIN SSH SIGNATURE-----';
const end = '-----END SSH SIGNATURE-----';

/**
 * Splits a signature file into its signatures, which are consecutive armored blocks; returns their binary form.
 * `ssh-keygen` reads only the first. Throws MalformedError for any other text between or around them.
 */
export function readArmored(text: string): Buffer[] {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const blobs: Buffer[] = [];
  for (let at = 0; at < lines.length; ) {
    if (lines[at] !== begin) throw new MalformedError(`line ${at + 1} does not begin a signature`);
    const last = lines.indexOf(end, at);
    if (last === -1) throw new MalformedError('the end of a signature is missing');
    blobs.push(strictBase64(lines.slice(at + 1, last).join('')));
    at = last + 1;
  }
  return blobs;
}
